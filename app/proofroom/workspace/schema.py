"""The tables of the first schema, and which tables have a change sequence; the steps add the rest.

Every table is STRICT. The first columns of `workspace` (id, written_by) never change, so that any
app can say who wrote a file that it cannot read.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from proofroom.domain.usage import BUCKETS

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x50524F46  # "PROF"
VERSION = 2

KEY = "key INTEGER PRIMARY KEY"
OBJECT = f"{KEY}, id TEXT NOT NULL UNIQUE"
MUTABLE = "seq INTEGER NOT NULL"
TOKENS = ", ".join(f"tokens_{bucket} INTEGER NOT NULL" for bucket in BUCKETS)

_SEQUENCED_FIRST = (
    "prompts",
    "versions",
    "drafts",
    "input_sets",
    "inputs",
    "marks",
    "environments",
    "providers",
    "models",
    "comparisons",
    "settings",
    "authors",
    "budgets",
    "monitors",
)
# What has a change sequence; `changes` reads it by an index of each table.
SEQUENCED = (*_SEQUENCED_FIRST, "provider_keys")

TABLES: dict[str, str] = {
    "workspace": """id TEXT NOT NULL, written_by TEXT NOT NULL, created_at INTEGER NOT NULL,
        seq INTEGER NOT NULL, kind TEXT NOT NULL""",
    "authors": f"{OBJECT}, name TEXT NOT NULL, created_at INTEGER NOT NULL, {MUTABLE}",
    "settings": f"name TEXT PRIMARY KEY, value TEXT NOT NULL, {MUTABLE}",
    "texts": f"""{KEY}, sha256 BLOB NOT NULL UNIQUE, codec INTEGER NOT NULL,
        media_type TEXT NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL""",
    "prompts": f"""{OBJECT}, name TEXT NOT NULL, kind TEXT NOT NULL, created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL, author_key INTEGER REFERENCES authors(key),
        archived_at INTEGER, {MUTABLE}""",
    "branches": f"{KEY}, prompt_key INTEGER NOT NULL REFERENCES prompts(key), name TEXT NOT NULL",
    "versions": f"""{OBJECT}, prompt_key INTEGER NOT NULL REFERENCES prompts(key),
        branch_key INTEGER NOT NULL REFERENCES branches(key), number INTEGER NOT NULL,
        hash TEXT NOT NULL, content_key INTEGER NOT NULL REFERENCES texts(key),
        author_key INTEGER REFERENCES authors(key), note TEXT NOT NULL, created_at INTEGER NOT NULL,
        archived_at INTEGER, {MUTABLE}""",
    "version_parents": """version_key INTEGER NOT NULL REFERENCES versions(key),
        number INTEGER NOT NULL, parent_id TEXT NOT NULL, PRIMARY KEY (version_key, number)""",
    "drafts": f"""{KEY}, prompt_key INTEGER NOT NULL REFERENCES prompts(key),
        branch_key INTEGER NOT NULL REFERENCES branches(key),
        base_key INTEGER REFERENCES versions(key), content BLOB NOT NULL,
        revision INTEGER NOT NULL, position INTEGER NOT NULL, edited INTEGER NOT NULL,
        holder TEXT NOT NULL,
        held_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, {MUTABLE}""",
    "draft_edits": """draft_key INTEGER NOT NULL REFERENCES drafts(key), number INTEGER NOT NULL,
        edit BLOB NOT NULL, made_at INTEGER NOT NULL, PRIMARY KEY (draft_key, number)""",
    "input_sets": f"""{OBJECT}, prompt_key INTEGER NOT NULL REFERENCES prompts(key),
        name TEXT NOT NULL, created_at INTEGER NOT NULL, archived_at INTEGER, {MUTABLE}""",
    "inputs": f"""{OBJECT}, set_key INTEGER NOT NULL REFERENCES input_sets(key),
        number INTEGER NOT NULL, name TEXT NOT NULL,
        values_key INTEGER NOT NULL REFERENCES texts(key), changed_at INTEGER NOT NULL,
        archived_at INTEGER, {MUTABLE}""",
    "marks": f"""{OBJECT}, kind TEXT NOT NULL, target TEXT NOT NULL, target_key INTEGER NOT NULL,
        value TEXT NOT NULL, author_key INTEGER REFERENCES authors(key),
        made_at INTEGER NOT NULL, removed_at INTEGER, {MUTABLE}""",
    "environments": f"{OBJECT}, name TEXT NOT NULL UNIQUE, number INTEGER NOT NULL, {MUTABLE}",
    "pointer_moves": f"""{OBJECT}, prompt_key INTEGER NOT NULL REFERENCES prompts(key),
        environment_key INTEGER NOT NULL REFERENCES environments(key),
        version_key INTEGER REFERENCES versions(key), kind TEXT NOT NULL,
        author_key INTEGER REFERENCES authors(key), made_at INTEGER NOT NULL,
        reason TEXT NOT NULL, evidence TEXT NOT NULL""",
    "providers": f"""{OBJECT}, name TEXT NOT NULL UNIQUE, adapter TEXT NOT NULL,
        dialect TEXT NOT NULL, url TEXT NOT NULL, needs_key INTEGER NOT NULL,
        concurrency INTEGER NOT NULL, forbidden INTEGER NOT NULL, key_added_at INTEGER,
        key_variable TEXT NOT NULL, added_at INTEGER NOT NULL, {MUTABLE}""",
    "models": f"""{KEY}, provider_key INTEGER NOT NULL REFERENCES providers(key),
        name TEXT NOT NULL, path TEXT NOT NULL, context_window INTEGER, source TEXT NOT NULL,
        listed INTEGER NOT NULL, gone_at INTEGER, added_at INTEGER NOT NULL, {MUTABLE},
        UNIQUE (provider_key, name)""",
    "prices": f"""{KEY}, model_key INTEGER NOT NULL REFERENCES models(key), bucket TEXT NOT NULL,
        tier TEXT NOT NULL, threshold INTEGER NOT NULL, nano_usd_per_million INTEGER NOT NULL,
        valid_from INTEGER NOT NULL, source TEXT NOT NULL""",
    "presses": f"{OBJECT}, made_at INTEGER NOT NULL",
    "comparisons": f"""{OBJECT}, name TEXT NOT NULL, source TEXT NOT NULL,
        press_key INTEGER UNIQUE REFERENCES presses(key),
        author_key INTEGER REFERENCES authors(key),
        samples INTEGER NOT NULL, created_at INTEGER NOT NULL, ended_at INTEGER,
        end_reason TEXT NOT NULL, view TEXT NOT NULL, archived_at INTEGER, {MUTABLE}""",
    "comparison_columns": f"""{KEY}, comparison_key INTEGER NOT NULL REFERENCES comparisons(key),
        number INTEGER NOT NULL, prompt_key INTEGER REFERENCES prompts(key),
        version_key INTEGER REFERENCES versions(key),
        content_key INTEGER NOT NULL REFERENCES texts(key), label TEXT NOT NULL,
        model_key INTEGER NOT NULL REFERENCES models(key)""",
    "comparison_rows": f"""{KEY}, comparison_key INTEGER NOT NULL REFERENCES comparisons(key),
        number INTEGER NOT NULL, name TEXT NOT NULL,
        values_key INTEGER NOT NULL REFERENCES texts(key),
        input_key INTEGER REFERENCES inputs(key)""",
    "cells": f"""{KEY}, row_key INTEGER NOT NULL REFERENCES comparison_rows(key),
        column_key INTEGER NOT NULL REFERENCES comparison_columns(key),
        UNIQUE (row_key, column_key)""",
    "reused": """cell_key INTEGER NOT NULL REFERENCES cells(key), sample INTEGER NOT NULL,
        run_key INTEGER NOT NULL REFERENCES runs(key), PRIMARY KEY (cell_key, sample)""",
    "adapters": f"{KEY}, name TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (name, version)",
    "runs": f"""{OBJECT}, source TEXT NOT NULL, press_key INTEGER REFERENCES presses(key),
        cell_key INTEGER REFERENCES cells(key), sample INTEGER NOT NULL,
        prompt_key INTEGER REFERENCES prompts(key), version_key INTEGER REFERENCES versions(key),
        content_key INTEGER REFERENCES texts(key), environment TEXT NOT NULL DEFAULT '',
        model_key INTEGER NOT NULL REFERENCES models(key),
        adapter_key INTEGER NOT NULL REFERENCES adapters(key), call_hash BLOB,
        engine TEXT NOT NULL, conversation_id TEXT, turn INTEGER, parent_key INTEGER,
        trace_id TEXT, input_key INTEGER REFERENCES texts(key),
        started_at INTEGER NOT NULL, offset_s INTEGER NOT NULL, ended_at INTEGER, status TEXT,
        failure TEXT, title TEXT, detail TEXT, latency_us INTEGER, first_token_us INTEGER,
        answering_key INTEGER REFERENCES models(key), finish_reason TEXT, finish_raw TEXT,
        output_key INTEGER REFERENCES texts(key),
        choices_key INTEGER REFERENCES texts(key), tokens_in INTEGER, tokens_out INTEGER,
        cost_nano_usd INTEGER, retry_nano_usd INTEGER, warnings TEXT""",
    "steps": f"""{KEY}, run_key INTEGER NOT NULL REFERENCES runs(key), number INTEGER NOT NULL,
        results_key INTEGER REFERENCES texts(key)""",
    "attempts": f"""{KEY}, step_key INTEGER NOT NULL REFERENCES steps(key),
        number INTEGER NOT NULL, reason TEXT NOT NULL, waited_us INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, request_key INTEGER REFERENCES texts(key), ended_at INTEGER,
        latency_us INTEGER, first_token_us INTEGER, status TEXT, failure TEXT, detail TEXT,
        http_status INTEGER, billed TEXT, request_id TEXT,
        response_key INTEGER REFERENCES texts(key),
        output_key INTEGER REFERENCES texts(key), usage_raw TEXT, cost_nano_usd INTEGER""",
    "usage": """attempt_key INTEGER NOT NULL REFERENCES attempts(key), bucket TEXT NOT NULL,
        count INTEGER, origin TEXT NOT NULL, price_key INTEGER REFERENCES prices(key),
        PRIMARY KEY (attempt_key, bucket)""",
    "rollups": f"""quarter INTEGER NOT NULL, model_key INTEGER NOT NULL,
        version_key INTEGER NOT NULL, environment TEXT NOT NULL, source TEXT NOT NULL,
        status TEXT NOT NULL, carried INTEGER NOT NULL, runs INTEGER NOT NULL,
        unknown_cost INTEGER NOT NULL, cost_nano_usd INTEGER NOT NULL,
        retry_nano_usd INTEGER NOT NULL, {TOKENS}, latency_us INTEGER NOT NULL,
        PRIMARY KEY (quarter, model_key, version_key, environment, source, status, carried)""",
    "rollup_days": f"""day INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL,
        status TEXT NOT NULL, carried INTEGER NOT NULL, runs INTEGER NOT NULL,
        unknown_cost INTEGER NOT NULL, cost_nano_usd INTEGER NOT NULL,
        retry_nano_usd INTEGER NOT NULL, {TOKENS}, latency_us INTEGER NOT NULL,
        PRIMARY KEY (day, dimension, value, status, carried)""",
    "traces": f"{OBJECT}, trace_id TEXT NOT NULL, name TEXT NOT NULL, started_at INTEGER NOT NULL",
    "spans": f"""{KEY}, trace_key INTEGER NOT NULL REFERENCES traces(key), span_id TEXT NOT NULL,
        parent_span_id TEXT, name TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
        run_key INTEGER REFERENCES runs(key), attributes_key INTEGER REFERENCES texts(key)""",
    "evaluation_sets": f"""{OBJECT}, prompt_key INTEGER REFERENCES prompts(key),
        name TEXT NOT NULL, created_at INTEGER NOT NULL, archived_at INTEGER""",
    "evaluation_set_versions": f"""{OBJECT},
        set_key INTEGER NOT NULL REFERENCES evaluation_sets(key),
        number INTEGER NOT NULL, hash TEXT NOT NULL, created_at INTEGER NOT NULL,
        author_key INTEGER REFERENCES authors(key), note TEXT NOT NULL,
        checks_key INTEGER NOT NULL REFERENCES texts(key)""",
    "cases": f"""{OBJECT},
        set_version_key INTEGER NOT NULL REFERENCES evaluation_set_versions(key),
        number INTEGER NOT NULL, content_key INTEGER NOT NULL REFERENCES texts(key),
        split TEXT NOT NULL""",
    "experiments": f"""{OBJECT},
        set_version_key INTEGER NOT NULL REFERENCES evaluation_set_versions(key),
        comparison_key INTEGER NOT NULL REFERENCES comparisons(key), repeats INTEGER NOT NULL,
        created_at INTEGER NOT NULL, ended_at INTEGER""",
    "scores": f"""{OBJECT}, run_key INTEGER NOT NULL REFERENCES runs(key),
        case_key INTEGER REFERENCES cases(key), check_name TEXT NOT NULL, identity TEXT NOT NULL,
        verdict TEXT NOT NULL, value REAL, weight REAL NOT NULL,
        reason_key INTEGER REFERENCES texts(key), made_at INTEGER NOT NULL""",
    "reviews": f"""{OBJECT}, run_key INTEGER NOT NULL REFERENCES runs(key),
        score_key INTEGER REFERENCES scores(key), verdict TEXT NOT NULL, comment TEXT NOT NULL,
        author_key INTEGER REFERENCES authors(key), made_at INTEGER NOT NULL""",
    "votes": f"""{OBJECT}, first_run_key INTEGER NOT NULL REFERENCES runs(key),
        second_run_key INTEGER NOT NULL REFERENCES runs(key), choice TEXT NOT NULL,
        author_key INTEGER REFERENCES authors(key), made_at INTEGER NOT NULL""",
    "approvals": f"""{OBJECT}, version_key INTEGER NOT NULL REFERENCES versions(key),
        author_key INTEGER REFERENCES authors(key), comment TEXT NOT NULL,
        made_at INTEGER NOT NULL""",
    "budgets": f"""{OBJECT}, scope TEXT NOT NULL, scope_key INTEGER, period TEXT NOT NULL,
        limit_nano_usd INTEGER NOT NULL, warn_share REAL NOT NULL, archived_at INTEGER,
        {MUTABLE}""",
    "budget_ledger": f"""{KEY}, budget_key INTEGER NOT NULL REFERENCES budgets(key),
        attempt_key INTEGER REFERENCES attempts(key), period_start INTEGER NOT NULL,
        kind TEXT NOT NULL, nano_usd INTEGER NOT NULL, made_at INTEGER NOT NULL""",
    "monitors": f"""{OBJECT}, name TEXT NOT NULL, plan_key INTEGER NOT NULL REFERENCES texts(key),
        schedule TEXT NOT NULL, baseline_key INTEGER REFERENCES experiments(key),
        archived_at INTEGER, {MUTABLE}""",
    "alerts": f"""{OBJECT}, monitor_key INTEGER NOT NULL REFERENCES monitors(key),
        kind TEXT NOT NULL, detail TEXT NOT NULL, made_at INTEGER NOT NULL, closed_at INTEGER""",
    "tombstones": f"""{KEY}, kind TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL,
        from_key INTEGER, to_key INTEGER, why TEXT NOT NULL, made_at INTEGER NOT NULL""",
}
WITHOUT_ROWID = frozenset(
    ("usage", "rollups", "rollup_days", "version_parents", "draft_edits", "reused")
)

INDEXES = (
    "CREATE UNIQUE INDEX prompts_by_name ON prompts(name COLLATE NOCASE) WHERE archived_at IS NULL",
    "CREATE UNIQUE INDEX branches_by_name ON branches(prompt_key, name)",
    "CREATE UNIQUE INDEX versions_by_number ON versions(prompt_key, number)",
    "CREATE INDEX versions_by_hash ON versions(hash)",
    "CREATE UNIQUE INDEX drafts_by_branch ON drafts(prompt_key, branch_key)",
    "CREATE INDEX input_sets_by_prompt ON input_sets(prompt_key)",
    "CREATE INDEX inputs_by_set ON inputs(set_key, number)",
    "CREATE INDEX marks_by_target ON marks(target, target_key, kind) WHERE removed_at IS NULL",
    "CREATE INDEX marks_by_value ON marks(kind, value) WHERE removed_at IS NULL",
    "CREATE INDEX pointer_moves_by_prompt ON pointer_moves(prompt_key, environment_key)",
    "CREATE INDEX prices_by_model ON prices(model_key, valid_from)",
    "CREATE INDEX columns_by_comparison ON comparison_columns(comparison_key, number)",
    "CREATE INDEX columns_by_prompt ON comparison_columns(prompt_key)",
    "CREATE INDEX rows_by_comparison ON comparison_rows(comparison_key, number)",
    "CREATE INDEX runs_by_cell ON runs(cell_key, sample) WHERE cell_key IS NOT NULL",
    "CREATE INDEX runs_by_prompt ON runs(prompt_key) WHERE prompt_key IS NOT NULL",
    "CREATE INDEX runs_open ON runs(engine) WHERE ended_at IS NULL",
    "CREATE INDEX runs_by_call ON runs(call_hash) WHERE call_hash IS NOT NULL",
    "CREATE INDEX steps_by_run ON steps(run_key)",
    "CREATE INDEX attempts_by_step ON attempts(step_key)",
    "CREATE INDEX scores_by_run ON scores(run_key)",
    "CREATE INDEX reviews_by_run ON reviews(run_key)",
    "CREATE INDEX spans_by_trace ON spans(trace_key)",
    "CREATE INDEX cases_by_set ON cases(set_version_key, number)",
    "CREATE INDEX ledger_by_period ON budget_ledger(budget_key, period_start)",
    "CREATE INDEX tombstones_by_id ON tombstones(id)",
    *(f"CREATE INDEX {table}_by_seq ON {table}(seq)" for table in _SEQUENCED_FIRST),
)

# Both keep no copy of their texts: what is purged is taken out of them with its old terms.
SEARCH = (
    """CREATE VIRTUAL TABLE run_search USING fts5(input, output, content='',
        tokenize='unicode61 remove_diacritics 2')""",
    """CREATE VIRTUAL TABLE prompt_search USING fts5(name, text,
        tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
)


def statements() -> list[str]:
    """Return the SQL that makes every table, index and search index of the first schema."""
    tables = [
        f"CREATE TABLE {name} ({columns}) STRICT{', WITHOUT ROWID' * (name in WITHOUT_ROWID)}"
        for name, columns in TABLES.items()
    ]
    return [*tables, *INDEXES, *SEARCH]


def database(connection: sqlite3.Connection) -> Database:
    """Return sqlite-utils' view of a connection, its pragmas left as we set them."""
    # 200 ms and 26 MB: only a new or an older file pays for it
    from sqlite_utils import Database

    return Database(connection, recursive_triggers=False)
