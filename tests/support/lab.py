"""A workspace with a provider on loopback, ready to be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from proofroom import ids
from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace import cell_runs, comparisons, database, prompts, providers

QUICK = protocol.Timing(connect_s=5, first_token_s=30, between_tokens_s=30, total_s=60)


class Lab:
    """One workspace file and the means to fill and run a comparison in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        database.create(path)
        self.db: sqlite3.Connection = database.connect(path)
        self.news: list[protocol.News] = []

    def provider(self, name: str, url: str, **fields: object) -> Provider:
        """Add a provider that speaks OpenAI's chat completions at `url`."""
        provider = Provider(
            name=name, adapter="direct", dialect="compatible", url=url, needs_key=False
        )
        return providers.put(self.db, structs.replace(provider, **fields))

    def comparison(
        self,
        models: Sequence[str],
        values: Sequence[str] = ("one",),
        *,
        samples: int = 1,
        content: Content | None = None,
    ) -> comparisons.ComparisonSummary:
        """Make a comparison of one draft on some models, a row for each value of {{ x }}."""
        content = content or Content(messages=(text_message("user", "Say {{ x }}"),))
        name = prompts.free_name(self.db, "lab")
        prompt = prompts.create(self.db, name, content)
        columns = [
            comparisons.NewColumn(
                prompt_key=prompt.key,
                version_key=None,
                content=structs.replace(content, model=model),
                label="Draft",
                model_key=providers.ask_for(self.db, model).key,
            )
            for model in models
        ]
        rows = [comparisons.NewRow(name=value, values={"x": value}) for value in values]
        return comparisons.create(self.db, columns, rows, name=name, samples=samples)

    def request(
        self, comparison: comparisons.ComparisonSummary, **fields: object
    ) -> protocol.StartRun:
        """Return a press of Run for a comparison; keys may go where their providers are now."""
        keys: Any = fields.get("api_keys", {})
        addresses = {name: providers.by_name(self.db, name).url for name in keys}
        request = protocol.StartRun(
            press_id=ids.new_id(),
            workspace=str(self.path),
            comparison_key=comparison.key,
            addresses=addresses,
            timing=QUICK,
        )
        return structs.replace(request, **fields)

    async def run(
        self, comparison: comparisons.ComparisonSummary, **fields: object
    ) -> protocol.JobEnded:
        """Run a comparison to its end with an engine of its own."""
        engine = Engine(self.news.append)
        try:
            started = await engine.start(self.request(comparison, **fields))
            await engine.finished(started.job_id)
        finally:
            await engine.close()
        return next(item for item in reversed(self.news) if isinstance(item, protocol.JobEnded))

    def cells(self, comparison: comparisons.ComparisonSummary) -> list[cell_runs.CellRun]:
        """Return the newest runs of a comparison, row by row, then by column and sample."""
        return [
            run
            for row in comparisons.rows(self.db, comparison.key)
            for run in sorted(
                cell_runs.of_row(self.db, row.key), key=lambda run: (run.column_key, run.sample)
            )
        ]

    def text(self, run: cell_runs.CellRun) -> str:
        """Return what a run answered."""
        return "".join(
            getattr(part, "text", "") for part in cell_runs.output(self.db, run.output_key)
        )

    def attempts(self) -> list[tuple[Any, ...]]:
        """Return every attempt's status, failure, billed, reason and wait, oldest first."""
        return self.db.execute(
            "SELECT status, failure, billed, reason, waited_us FROM attempts ORDER BY key"
        ).fetchall()

    def close(self) -> None:
        """Leave the file."""
        self.db.close()
