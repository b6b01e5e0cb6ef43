"""One numbered file a step; a step never changes once a release has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from proofroom.workspace import schema

if TYPE_CHECKING:
    from sqlite_utils import Database

STEPS = ("m0001_first", "m0002_daily")


def pending(version: int) -> tuple[str, ...]:
    """Return the names of the steps that lead from schema `version` to the present one."""
    return STEPS[version:]


def apply(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Apply what is pending and return its names; the caller holds one immediate transaction.

    The list is read inside that transaction: of two processes that open an older file at once, the
    second finds nothing left to do.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    steps = pending(version)
    if not steps:
        return ()
    db = schema.database(connection)
    for number, name in enumerate(steps, start=version + 1):
        step: Callable[[Database], None] = import_module(f"{__name__}.{name}").apply
        step(db)
        connection.execute(f"PRAGMA user_version = {number}")
    return steps
