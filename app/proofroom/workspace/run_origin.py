"""Where a run was asked: its cell in a comparison, its prompt and version, and where it went."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain.provider import host_of
from proofroom.workspace import providers
from proofroom.workspace.removed_columns import is_removed


class Origin(Struct, frozen=True, kw_only=True):
    """Keys of what a run came from, None where it came from none; `place` is who got its text.

    `again` tells whether its cell can be asked anew, `ended` whether it is over.
    """

    comparison_key: int | None
    row_key: int | None
    column_key: int | None
    prompt_key: int | None
    version_key: int | None
    kept: bool
    again: bool
    ended: bool
    place: str = ""


_OF_RUN = f"""SELECT w.comparison_key, e.row_key, e.column_key, r.prompt_key, r.version_key,
    coalesce(c.source = 'comparison', 0) AS kept, e.key IS NOT NULL AND r.ended_at IS NOT NULL
        AND NOT {is_removed("e.column_key")} AS again,
    o.name AS place, r.ended_at IS NOT NULL FROM runs r JOIN models m ON m.key = r.model_key
    JOIN providers o ON o.key = m.provider_key LEFT JOIN cells e ON e.key = r.cell_key
    LEFT JOIN comparison_rows w ON w.key = e.row_key
    LEFT JOIN comparisons c ON c.key = w.comparison_key WHERE r.key = ?"""


def of_run(db: sqlite3.Connection, run_key: int) -> Origin:
    """Return where a run came from; it must be there."""
    found = db.execute(_OF_RUN, (run_key,)).fetchone()
    if found is None:
        raise RuntimeError(f"no run {run_key}")
    return Origin(
        comparison_key=found[0],
        row_key=found[1],
        column_key=found[2],
        prompt_key=found[3],
        version_key=found[4],
        kept=bool(found[5]),
        again=bool(found[6]),
        ended=bool(found[8]),
        place=host_of(providers.by_name(db, found[7])),
    )
