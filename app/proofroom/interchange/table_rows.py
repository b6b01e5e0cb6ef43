"""Rows on their way into a table, with what is dropped on the way."""

from __future__ import annotations

from msgspec import Struct

from proofroom.domain.loss import Loss
from proofroom.errors import ProofroomError

ROW_LIMIT = 100_000
COLUMN_LIMIT = 1_000
_LOSS_LIMIT = 50
_NAME_LIMIT = 100  # characters; what is longer is a text, not a name
_NAMES = ("name", "input", "title")


class Rows(Struct, kw_only=True):
    """Columns in order, and (name, values, line) for each row."""

    columns: tuple[str, ...] = ()
    rows: list[tuple[str, dict[str, str], int]] = []
    losses: list[Loss] = []
    delimiter: str = ""
    unsaid: int = 0

    def lose(self, what: str, line: int, why: str) -> None:
        """Note a loss; after the first of many only their number is kept."""
        if len(self.losses) < _LOSS_LIMIT:
            self.losses.append(Loss(what=what, where=f"line {line}", why=why))
        else:
            self.unsaid += 1

    def add(self, values: dict[str, str], line: int, where: str) -> None:
        """Add a row.

        Raises ProofroomError beyond ROW_LIMIT.
        """
        if len(self.rows) == ROW_LIMIT:
            raise ProofroomError(
                f"There are more than {ROW_LIMIT:,} rows",
                where=f"{where}, line {line}",
                fix="Split it into smaller files.",
            )
        self.rows.append(("", values, line))

    def finish(self) -> Rows:
        """Return itself, with names taken from a column of that name and the losses counted.

        The column is taken only if it names every row differently; its values stay variables too.
        """
        by_lower = {column.lower(): column for column in self.columns}
        column = next((by_lower[name] for name in _NAMES if name in by_lower), None)
        if column is not None:
            names = [values.get(column, "").strip() for _, values, _ in self.rows]
            tell_apart = all(names) and len(set(names)) == len(names)
            if tell_apart and max(map(len, names), default=0) <= _NAME_LIMIT:
                self.rows = [
                    (name, values, line)
                    for name, (_, values, line) in zip(names, self.rows, strict=True)
                ]
        if self.unsaid:
            self.losses.append(
                Loss(what=f"{self.unsaid} more things", where="further lines", why="As above.")
            )
        return self
