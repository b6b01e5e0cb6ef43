"""The tables below the chart, each as rows of words: groups, stretches, the dearest, identical."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from proofroom.domain import figures, period, run_query
from proofroom.domain.run import SCREEN_WORDS
from proofroom.ui.cost import bars
from proofroom.ui.cost.strip import thousand_words
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.table import INK_ROLE, WEIGHT_ROLE
from proofroom.workspace.cost_sums import By, Sum
from proofroom.workspace.costs import Costs
from proofroom.workspace.dear_runs import Look

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Target(Struct, frozen=True):
    """Where a row leads: a page and a place in it, or a stretch of time of this one."""

    page: str
    place: str


class Content(Struct, frozen=True, kw_only=True):
    """One table; the first `left` columns hold words, the rest figures."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[Target | None, ...]
    left: int = 1


STRETCH = "stretch"


def groups(costs: Costs) -> Content:
    """Return a row for each group, the dearest first."""
    sums = costs.by_group()
    return Content(
        heads=(costs.by.capitalize(), "Runs", "Tokens", "Cost", "Unknown", "Per 1,000 done"),
        rows=tuple(
            (costs.names[group], *_sum(one), thousand_words(one)) for group, one in sums.items()
        ),
        targets=tuple(_runs_of(costs, group) for group in sums),
    )


def _runs_of(costs: Costs, group: str) -> Target | None:
    """Return the runs of a group; none for what is gone, or is no one thing."""
    asked = _terms(costs.by, group, costs.names[group])
    if group in ("", "0") or not all(asked.values()):
        return None
    return Target("runs", query(costs, **asked))


def _terms(by: By, group: str, name: str) -> dict[str, str]:
    """Return the filters of the Runs page that mean a group."""
    if by != "version":
        return {by: group if by == "source" else name}
    prompt, _, number = name.rpartition(" v")
    return {"prompt": prompt, "version": number}


def query(costs: Costs, statuses: Sequence[str] = (), **asked: str) -> str:
    """Return the query for the runs of these days, as far as they count, with more filters.

    Runs of any of the statuses are asked for, of all if none is given.
    """
    for by, group, name in costs.only:
        asked = {**_terms(by, group, name), **asked}
    first, last = (str(period.date_of(day)) for day in (costs.span.first, costs.span.last))
    text = run_query.asking(**{**asked, "since": first, "until": last})
    text = " ".join((text, *(run_query.asking(status=one) for one in statuses)))
    # runs of its draft stand in a group of their own
    is_prompt = "prompt" in asked and "version" not in asked
    return f"{text} -version:draft" if is_prompt else text


def stretches(costs: Costs) -> Content:
    """Return a row for each stretch of time: the chart as a table."""
    sums = costs.by_start()
    return Content(
        heads=(costs.per.capitalize(), "Runs", "Tokens", "Cost", "Unknown"),
        rows=tuple((bars.name(costs, start), *_sum(one)) for start, one in sums.items()),
        targets=tuple(Target(STRETCH, str(number)) for number in range(len(sums))),
    )


def dear_runs(look: Look) -> Content:
    """Return the dearest runs; one of a comparison leads to it."""
    return Content(
        heads=("Prompt", "Model", "Asked", "State", "Tokens", "Cost"),
        rows=tuple(
            (
                f"{run.prompt} v{run.number}" if run.number else run.prompt or "No prompt",
                run.model,
                moments.moment(run.started_at),
                SCREEN_WORDS[run.status],
                figures.number(run.tokens),
                figures.money(run.cost),
            )
            for run in look.runs
        ),
        targets=tuple(
            Target("compare", str(run.comparison_key)) if run.comparison_key else None
            for run in look.runs
        ),
        left=4,
    )


def dear_prompts(look: Look) -> Content:
    """Return the prompts by what their runs cost, drafts among them."""
    return Content(
        heads=("Prompt", "Runs", "Unknown", "Cost"),
        rows=tuple(
            (
                one.name,
                figures.number(one.runs),
                figures.number(one.unknown) if one.unknown else "",
                figures.money(one.cost if one.unknown < one.runs else None),
            )
            for one in look.prompts
        ),
        targets=tuple(Target("prompts", str(one.key)) for one in look.prompts),
    )


def repeated(look: Look) -> Content:
    """Return the calls that were asked again though they were answered."""
    return Content(
        heads=("Prompt", "Model", "Asked again", "Cost"),
        rows=tuple(
            (
                one.prompt or "No prompt",
                one.model,
                figures.number(one.again),
                figures.money(one.cost if one.unknown < one.again else None),
            )
            for one in look.repeated
        ),
        targets=tuple(None for _ in look.repeated),
        left=2,
    )


def _sum(one: Sum) -> tuple[str, str, str, str]:
    unknown = figures.number(one.unknown) if one.unknown else ""
    return (
        figures.number(one.runs), figures.number(one.of()), figures.money(one.known), unknown,
    )  # fmt: skip


class Rows(QAbstractTableModel):
    """Feeds a table with one content at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.content = Content(heads=(), rows=(), targets=())

    def show(self, content: Content) -> None:
        """Show another content; an equal one changes nothing."""
        if content != self.content:
            self.beginResetModel()
            self.content = content
            self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.content.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.content.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.content.rows[index.row()][column]
        if role == WEIGHT_ROLE:
            return 600 if column == 0 else 400
        if role == INK_ROLE:
            return "text" if column == 0 else "text2"
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and self._right(column) else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.content.heads[section]
        return (
            _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and self._right(section) else None
        )

    def _right(self, column: int) -> bool:
        return column >= self.content.left


def widths(content: Content, room: int) -> Sequence[int]:
    """Return the width of each column (pixels) where there is `room`: figures alike, names wide."""
    count = len(content.heads)
    if not count:
        return ()
    parts = [3 if n == 0 else 2 if n < content.left else 1.4 for n in range(count)]
    return [int(room * part / sum(parts)) for part in parts]
