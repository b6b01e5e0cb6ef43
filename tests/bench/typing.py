"""A key in a prompt of 20,000 words until it is painted."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.figure import Figure, figure
from tests.bench.window import rounds
from tests.support.sessions import new_workspace

from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.workspace import database, prompts

WORDS = ("the", "answer", "says", "what", "happened", "and", "why", "refund", "order", "customer")


def figures() -> Iterator[Figure]:
    """Yield the median of the windows' medians."""
    noise = random.Random(7)  # noqa: S311 - words, no secret
    paragraphs = [" ".join(noise.choices(WORDS, k=100)) + "." for _ in range(200)]
    content = Content(
        messages=(text_message("user", "\n\n".join(paragraphs)),), model="local/smollm2"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = new_workspace(Path(folder) / "long.proofspace")
        with closing(database.connect(path)) as db:
            prompts.create(db, "long", content)
        yield figure("key_until_painted_20000_words", rounds("typing", path), "ms", "<", 16)
