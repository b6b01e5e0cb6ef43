"""Threads that decode new types for the first time at once; a half made one would end us."""

from __future__ import annotations

import sys
import threading
from typing import Any

import msgspec

from proofroom.domain import shape

THREADS, TYPES, FIELDS = 4, 60, 12


def inner(number: int) -> Any:  # noqa: ANN401 - made here
    return msgspec.defstruct(
        f"Inner{number}", [(f"f{n}", "list[int] | None", None) for n in range(FIELDS)]
    )


def outer(number: int) -> Any:  # noqa: ANN401
    one = inner(number)
    fields = [(f"g{n}", tuple[one, ...], ()) for n in range(FIELDS)]
    return msgspec.defstruct(f"Outer{number}", fields)


def main() -> None:
    sys.setswitchinterval(1e-6)
    kinds = [outer(number) for number in range(TYPES)]
    start = threading.Barrier(THREADS)

    def work() -> None:
        for kind in kinds:
            start.wait()
            shape.decoded(b'{"g0":[{"f0":[1]}],"g11":[{"f11":[2]}]}', kind)
            shape.converted({"g1": [{"f1": [1]}]}, kind)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
