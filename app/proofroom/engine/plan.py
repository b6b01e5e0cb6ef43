"""Reads a comparison into what its cells need to be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from proofroom import clock
from proofroom.domain import remedy
from proofroom.domain.provider import Model, Provider, split_model, stays_here
from proofroom.domain.run import Problem, Source
from proofroom.domain.usage import PriceRow
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.workspace import budget_ledger, cell_runs, comparisons, prices, providers, settings


class PlannedColumn(Struct, frozen=True, kw_only=True):
    """A column with all that its calls have in common."""

    key: int
    prompt_key: int | None
    version_key: int | None
    content_key: int
    content: Content
    provider: Provider
    model: Model
    prices: tuple[PriceRow, ...]
    refused: Problem | None = None

    @property
    def free(self) -> bool:
        """Tell whether every price of the model is known to be nothing."""
        return bool(self.prices) and all(not row.nano_usd_per_million for row in self.prices)


class Plan(Struct, frozen=True, kw_only=True):
    """A comparison with its columns, rows and cells; `wanted` None means every cell.

    `limited` says whether there is a budget.
    """

    key: int
    source: Source
    samples: int
    columns: tuple[PlannedColumn, ...]
    rows: tuple[comparisons.Row, ...]
    cells: dict[tuple[int, int], int]
    standing: dict[tuple[int, int], bytes]
    wanted: frozenset[tuple[int, int]] | None
    limited: bool = False

    def wants(self, row: comparisons.Row, column: PlannedColumn) -> bool:
        """Tell whether a cell is asked for."""
        return self.wanted is None or (row.key, column.key) in self.wanted

    def places(self) -> Iterator[tuple[comparisons.Row, PlannedColumn]]:
        """Yield the cells that are asked for, row by row."""
        for row in self.rows:
            for column in self.columns:
                if self.wants(row, column):
                    yield row, column


def planned(
    db: sqlite3.Connection,
    comparison_key: int,
    *,
    cells: tuple[tuple[int, int], ...] | None,
    samples: int | None,
) -> Plan:
    """Read a comparison; what this workspace refuses is noted in its columns."""
    found = comparisons.by_key(db, comparison_key)
    return Plan(
        key=found.key,
        source=found.source,
        samples=samples or found.samples,
        columns=tuple(_column(db, column) for column in comparisons.columns(db, comparison_key)),
        rows=tuple(comparisons.rows(db, comparison_key)),
        cells=cell_runs.cell_keys(db, comparison_key),
        standing=cell_runs.answered(db, comparison_key),
        wanted=None if cells is None else frozenset(cells),
        limited=budget_ledger.exists(db),
    )


def _column(db: sqlite3.Connection, column: comparisons.Column) -> PlannedColumn:
    provider = providers.by_name(db, column.provider)
    return PlannedColumn(
        key=column.key,
        prompt_key=column.prompt_key,
        version_key=column.version_key,
        content_key=column.content_key,
        content=comparisons.content(db, column),
        provider=provider,
        model=providers.model_by_key(db, column.model_key),
        prices=prices.of_model(db, column.model_key, clock.now()),
        refused=refusal(db, provider),
    )


def column_for(db: sqlite3.Connection, content: Content) -> PlannedColumn:
    """Return a column of no comparison, for a content that is being written.

    A model that is not known here has no prices.
    """
    try:
        provider_name, name = split_model(content.model)
        provider = providers.by_name(db, provider_name)
        model = providers.known_model(db, provider_name, name)
    except ProofroomError:
        provider_name, name, model = "", content.model or "unknown", None
        provider = Provider(name="", adapter="direct")
    return PlannedColumn(
        key=0,
        prompt_key=None,
        version_key=None,
        content_key=0,
        content=content,
        provider=provider,
        model=model or Model(provider=provider_name, name=name),
        prices=() if model is None else prices.of_model(db, model.key, clock.now()),
    )


def refusal(db: sqlite3.Connection, provider: Provider) -> Problem | None:
    """Return why this workspace lets no call go to a provider, None if it does."""
    if provider.forbidden:
        return Problem(
            failure="local_only",
            title="Not allowed here",
            detail=f"This workspace forbids {provider.name}. Nothing was sent. "
            f"Allow it {remedy.FORBIDDEN}.",
        )
    if settings.local_only(db) and not stays_here(provider):
        return Problem(
            failure="local_only",
            title="This workspace is local-only",
            detail=f"{provider.name} is not on this laptop. Nothing was sent. "
            f"Lift the limit {remedy.PRIVACY}.",
        )
    return None
