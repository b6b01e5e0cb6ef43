"""What is told of one sample of a cell: that it waits, that it was begun, how it ended."""

from __future__ import annotations

from proofroom.engine import protocol
from proofroom.engine.deltas import Place
from proofroom.engine.lanes import Square
from proofroom.workspace import runs


def place(square: Square) -> Place:
    """Return the row's and the column's key, and the sample."""
    return (square.row.key, square.column.key, square.sample)


def waiting(job_id: str, square: Square, why: str, seconds: float | None) -> protocol.CellWaiting:
    """Say why a sample waits, and for how many seconds if that is known."""
    row, column, sample = place(square)
    return protocol.CellWaiting(
        job_id=job_id,
        row_key=row,
        column_key=column,
        sample=sample,
        why=why,
        seconds=seconds or None,
    )


def started(job_id: str, square: Square, begun: runs.Begun, attempt: int) -> protocol.CellStarted:
    """Say that an attempt of a sample leaves, the first being 1."""
    row, column, sample = place(square)
    return protocol.CellStarted(
        job_id=job_id,
        row_key=row,
        column_key=column,
        sample=sample,
        run_key=begun.run_key,
        attempt=attempt,
    )


def ended(  # noqa: PLR0913 - the news as it is
    job_id: str,
    square: Square,
    run_key: int,
    status: str,
    *,
    cached: bool = False,
    detail: str = "",
) -> protocol.CellEnded:
    """Say how a sample ended; `run_key` is 0 where nothing was asked."""
    row, column, sample = place(square)
    return protocol.CellEnded(
        job_id=job_id,
        row_key=row,
        column_key=column,
        sample=sample,
        run_key=run_key,
        status=status,
        cached=cached,
        detail=detail,
    )
