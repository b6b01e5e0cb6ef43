"""Each of this laptop's settings once: its name, what it takes, its default and its help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from msgspec import Struct

from proofroom.domain.message import storable
from proofroom.domain.run import Timing
from proofroom.errors import ProofroomError

Kind = Literal["choice", "whole", "usd", "yes_no", "text", "texts"]


class Setting(Struct, frozen=True, kw_only=True):
    """A setting; `choices` are of a choice, `least` and `most` bound a number in `unit`."""

    name: str
    kind: Kind
    default: Any
    title: str
    help: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    unit: str = ""


THEMES = ("system", "light", "dark", "contrast")
THEME = Setting(
    name="theme",
    kind="choice",
    default="system",
    title="Theme",
    help="Light and dark follow the system; contrast is the one with 7 to 1 text.",
    choices=THEMES,
)
ZOOM = Setting(
    name="zoom",
    kind="whole",
    default=100,
    title="Zoom",
    help="The size of everything in the window, in per cent.",
    least=80,
    most=200,
)
REDUCED_MOTION = Setting(
    name="reduced_motion",
    kind="yes_no",
    default=False,
    title="Reduced motion",
    help="Nothing moves or fades, even if the system does not ask for that.",
)
MENU_BAR = Setting(
    name="menu_bar",
    kind="yes_no",
    default=False,
    title="Show the menu bar",
    help="Else it comes with Alt or F10.",
)
SIDEBAR = Setting(
    name="sidebar",
    kind="choice",
    default="full",
    title="Sidebar",
    help="Names of the pages, or their icons alone.",
    choices=("full", "icons"),
)
ASK_OVER_USD = Setting(
    name="ask_over_usd",
    kind="usd",
    default=0.50,
    title="Ask before spending over",
    help="A press of Run that would cost more US dollars asks once, with the sum.",
    most=1_000_000,
    unit="USD",
)
ASK_OVER_CALLS = Setting(
    name="ask_over_calls",
    kind="whole",
    default=200,
    title="Ask before paid calls over",
    help="A press of Run that would make more paid calls asks once, with their number.",
    most=100_000_000,
    unit="calls",
)
RETRY_UNCERTAIN = Setting(
    name="retry_uncertain",
    kind="yes_no",
    default=True,
    title="Try again what may have been billed",
    help="Once more after a lost connection or a cut answer, inside the limit above.",
)
FIRST_TOKEN_S = Setting(
    name="first_token_seconds",
    kind="whole",
    default=120,
    title="Longest wait for the first token",
    help="An answer that has not begun by then is ended as timed out.",
    least=1,
    most=3_600,
    unit="s",
)
BETWEEN_TOKENS_S = Setting(
    name="between_tokens_seconds",
    kind="whole",
    default=60,
    title="Longest silence in an answer",
    help="From one token to the next. After that it is ended; what came is kept.",
    least=1,
    most=3_600,
    unit="s",
)
TOTAL_S = Setting(
    name="total_seconds",
    kind="whole",
    default=600,
    title="Longest time for an answer",
    help="In all, with further attempts and the waits before them.",
    least=1,
    most=86_400,
    unit="s",
)
NOTIFY_AFTER_S = Setting(
    name="notify_after_seconds",
    kind="whole",
    default=10,
    title="Say on the desktop when work ends",
    help="If it took this long or longer and no window of Proofroom has the focus; 0: never.",
    most=86_400,
    unit="s",
)
KEY_VARIABLES = Setting(
    name="key_variables",
    kind="texts",
    default=(),
    title="API keys from the environment",
    help="The variables whose value may be used as an API key.",
)
CA_FILE = Setting(
    name="ca_file",
    kind="text",
    default="",
    title="Own certificate authority",
    help="A PEM file that is trusted besides the system's certificates.",
)
RUNS_COLUMNS = Setting(
    name="runs_columns",
    kind="texts",
    default=(),
    title="Columns of the list of runs",
    help="By their names in the file; without any the list has its usual ones.",
)
RUNS_ORDER = Setting(
    name="runs_order",
    kind="text",
    default="time",
    title="Order of the list of runs",
    help="time, cost, latency or tokens; with a dash before it the other way round.",
)
SETTINGS = (
    THEME,
    ZOOM,
    REDUCED_MOTION,
    MENU_BAR,
    SIDEBAR,
    ASK_OVER_USD,
    ASK_OVER_CALLS,
    RETRY_UNCERTAIN,
    FIRST_TOKEN_S,
    BETWEEN_TOKENS_S,
    TOTAL_S,
    NOTIFY_AFTER_S,
    KEY_VARIABLES,
    CA_FILE,
    RUNS_COLUMNS,
    RUNS_ORDER,
)


def timing(value: Callable[[Setting], Any]) -> Timing:
    """Return the limits of a call as the settings have them; `value` reads one of them."""
    return Timing(
        first_token_s=float(value(FIRST_TOKEN_S)),
        between_tokens_s=float(value(BETWEEN_TOKENS_S)),
        total_s=float(value(TOTAL_S)),
    )


def typed(setting: Setting, value: object) -> Any:  # noqa: ANN401 - as the setting says
    """Return `value` as the setting keeps it.

    Raises ProofroomError if the setting does not take it.
    """
    kept = _typed(setting, value)
    if kept is None:
        raise ProofroomError(
            f"{setting.title} cannot be {value!r}", where="the settings", fix=_takes(setting)
        )
    return kept


def _typed(setting: Setting, value: object) -> Any:  # noqa: ANN401, PLR0911 - a kind each
    match setting.kind, value:
        case "yes_no", bool():
            return value
        case _, bool():  # a bool is an int to Python
            return None
        case "choice", str() if value in setting.choices:
            return value
        case "text", str() if _is_text(value):
            return value
        case "whole", int() if setting.least <= value <= setting.most:
            return value
        case "usd", int() | float() if setting.least <= value <= setting.most:
            return float(value)
        case "texts", list() | tuple():
            texts = cast("Sequence[object]", value)
            return tuple(texts) if all(_is_text(text) for text in texts) else None
        case _:
            return None


def _is_text(value: object) -> bool:
    """Tell whether a value is a text that a file in UTF-8 can hold."""
    return isinstance(value, str) and storable(value) == value


def _takes(setting: Setting) -> str:
    match setting.kind:
        case "choice":
            return f"It takes {', '.join(setting.choices)}."
        case "yes_no":
            return "It takes true or false."
        case "whole" | "usd":
            return f"It takes a number from {setting.least} to {setting.most}."
        case "text":
            return "It takes a text."
        case "texts":
            return "It takes a list of texts."
