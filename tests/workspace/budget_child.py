"""A child that asks the ledger for room until it is refused, and prints how often it got some."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.workspace.making import attempt_end, new_run

from proofroom.domain.budget import Refusal
from proofroom.workspace import attempts, database, runs
from proofroom.workspace.budget_ledger import Reserve


def main() -> None:
    path, most = Path(sys.argv[1]), int(sys.argv[2])
    db = database.connect(path)
    print("ready", flush=True)  # noqa: T201 - its only way to speak
    sys.stdin.readline()
    got = 0
    reserve = Reserve(nano_usd=1, provider_key=1, prompt_key=None, source="comparison")
    for number in range(most):
        with database.writing(db):
            one = runs.admit(db, [new_run(db, f"{sys.argv[3]} {number}", reserve=reserve)])[0]
        if isinstance(one, Refusal):
            continue
        got += 1
        with database.writing(db):
            attempts.end(db, [attempt_end(one, cost_nano_usd=1, holds=one.holds)])
    print(got, flush=True)  # noqa: T201
    db.close()


main()
