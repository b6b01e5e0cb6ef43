"""From the start of the process to the first token of the embedded model in the window."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.figure import Figure, figure
from tests.bench.window import measured, rounds
from tests.support.sessions import new_workspace

from proofroom.domain.message import text_message
from proofroom.domain.version import Content, Settings
from proofroom.workspace import comparisons, database, prompts, providers


def figures() -> Iterator[Figure]:
    """Yield the time with the files in the system's cache."""
    with tempfile.TemporaryDirectory() as folder:
        path = new_workspace(Path(folder) / "local.proofspace")
        content = Content(
            messages=(text_message("user", "Explain {{ topic }}."),),
            model="local/smollm2",
            settings=Settings(temperature=0.0, max_tokens=30),
        )
        with closing(database.connect(path)) as db:
            prompt = prompts.create(db, "explain", content)
            column = comparisons.NewColumn(
                prompt_key=prompt.key,
                version_key=None,
                content=content,
                label="Draft",
                model_key=providers.model(db, "local/smollm2").key,
            )
            row = comparisons.NewRow(name="Sleep", values={"topic": "sleep"})
            comparisons.create(db, [column], [row], name="One answer")
        measured("first_token", path)
        found = [one / 1000 for one in rounds("first_token", path)]
    yield figure("start_to_first_token_of_embedded_model", found, "s", "<", 2.0)
