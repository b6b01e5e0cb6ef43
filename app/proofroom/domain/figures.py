"""Numbers as people read them: money, durations, tokens, shares, sizes and plurals."""

from __future__ import annotations

from decimal import Decimal

NBSP, MINUS, TIMES = "\u00a0", "\u2212", "\u00d7"
_NANO, _CENT = Decimal(10) ** 9, Decimal("0.01")
UNKNOWN = "unknown"


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands apart and a true minus: 1,284."""
    shown = f"{abs(value):,.{decimals}f}"
    zero = not any(digit in "123456789" for digit in shown)
    return shown if value >= 0 or zero else MINUS + shown


def signed(value: float, decimals: int = 0) -> str:
    """Return a change with its sign: +6.0; a change of nothing has none."""
    shown = number(value, decimals)
    return shown if value < 0 or not any(d in "123456789" for d in shown) else f"+{shown}"


def exact(value: float) -> str:
    """Return a number whole, to be read or typed again: 0.12345678, 1; nothing is rounded."""
    return repr(value).removesuffix(".0")


def money(nano_usd: int | None, *, about: bool = False) -> str:
    """Return nano-USD as dollars: $0.0004, $0.12, $1,204.50; 'unknown' when it is not known.

    Two decimals from one cent on; below that two figures that count, so nothing that cost
    money is shown as $0.00.
    """
    if nano_usd is None:
        return UNKNOWN
    dollars, decimals = Decimal(abs(nano_usd)) / _NANO, 2
    if 0 < dollars < _CENT * 10:  # a third figure tells runs apart
        decimals = 3 if dollars >= _CENT else 4
        while round(dollars, decimals) == 0:
            decimals += 1
    sign = MINUS if nano_usd < 0 else ""
    shown = f"{sign}${dollars:,.{decimals}f}"
    return f"about{NBSP}{shown}" if about else shown


def cost(nano_usd: int | None, *, about: bool = False) -> str:
    """Return what an answer cost in words that stand alone: '$0.0004', 'cost unknown'."""
    return "cost unknown" if nano_usd is None else money(nano_usd, about=about)


def duration(micros: float | None) -> str:
    """Return a duration: 380 ms, 1.46 s, 14.2 s, 2 min 5 s, 3 h 10 min."""
    if micros is None:
        return UNKNOWN
    seconds = micros / 1_000_000
    if micros < 100_000:  # noqa: PLR2004 - a tenth of a second
        return f"{round(micros / 1000)}{NBSP}ms"
    if seconds < 59.95:  # noqa: PLR2004 - what still rounds below a minute
        return f"{seconds:.{2 if seconds < 9.995 else 1}f}{NBSP}s"  # noqa: PLR2004 - same
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes}{NBSP}min" + (f" {rest}{NBSP}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NBSP}h" + (f" {minutes}{NBSP}min" if minutes else "")


def time_left(seconds: float) -> str:
    """Return an estimate of the time left: about 6 s left, about 2 min left."""
    if seconds < 55:  # noqa: PLR2004 - from here on minutes are honest enough
        return f"about {max(1, round(seconds))}{NBSP}s left"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return f"about {minutes}{NBSP}min left"
    return f"about {number(minutes / 60, 1)}{NBSP}h left"


def tokens(count: int | None, *, about: bool = False) -> str:
    """Return a count of tokens: 46 tok."""
    if count is None:
        return f"{UNKNOWN}{NBSP}tok"
    return ("about " if about else "") + f"{number(count)}{NBSP}tok"


def short(count: int) -> str:
    """Return a count in a few signs: 9,999, 12.3 k, 812 k, 67.5 M, 1.2 G."""
    value, unit = float(count), ""
    for unit in ("", "k", "M", "G"):
        if abs(value) < (9_999.5 if not unit else 999.95) or unit == "G":
            break
        value /= 1000
    return number(count) if not unit else f"{number(value, 1)}{NBSP}{unit}"


def rate(tokens_per_second: float) -> str:
    """Return a speed: 62 tok/s."""
    return f"{number(tokens_per_second, 0 if tokens_per_second >= 10 else 1)}{NBSP}tok/s"  # noqa: PLR2004 - two figures


def percent(share: float, decimals: int = 0) -> str:
    """Return a share of one as percent: 82 %."""
    return f"{number(share * 100, decimals)}{NBSP}%"


def change(now: int, before: int) -> str:
    """Return how a sum compares with an earlier one: 8 % less, 3.2 times as much; '' with none."""
    if not before:
        return ""
    share = now / before
    if share >= 2:  # noqa: PLR2004 - 'times' is easier to grasp than 100 % and more
        return f"{number(share, 1)} times as much"
    if now == before:
        return "as much"
    shown = percent(abs(share - 1)) if abs(share - 1) >= 0.005 else f"under 1{NBSP}%"  # noqa: PLR2004 - what rounds to 1 %
    return f"{shown} {'more' if now > before else 'less'}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 case, 2 cases, 1,284 runs."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """Return a file's size: 912 B, 138 MB, 1.2 GB."""
    value, unit = float(octets), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if round(value) < 1000 or unit == "GB":  # noqa: PLR2004 - decimal units
            break
        value /= 1000
    return f"{number(value, 1 if unit == 'GB' else 0)}{NBSP}{unit}"


def facts(*parts: str) -> str:
    """Join short facts of one line with middle dots, leaving out the empty ones."""
    return " \u00b7 ".join(part for part in parts if part)
