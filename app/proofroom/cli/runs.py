"""`proofroom runs`: every answer a model gave: find it, read all of it, take it out, ask again."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from proofroom.cli import completing, output, run_words
from proofroom.cli.context import Chosen, opened, say
from proofroom.domain import remedy
from proofroom.domain.mark import Marked
from proofroom.domain.run_order import BY, By, Order
from proofroom.interchange import report, request_code, run_export, run_facts
from proofroom.workspace import (
    marks,
    provenance,
    providers,
    run_again,
    run_groups,
    run_list,
    run_sort,
    run_totals,
    run_whole,
)
from proofroom.workspace.run_filter import RunFilter

_AT_ONCE = 500
_FORMS = {"jsonl": run_export.jsonl, "csv": run_export.csv}
_query = click.argument("query", nargs=-1, shell_complete=completing.query)
_limit = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=20,
    show_default=True,
    help="How many at most.",
)

_sort = click.option(
    "--sort",
    type=click.Choice(BY),
    default="time",
    show_default=True,
    help="The newest, dearest, slowest or largest first.",
)
_reverse = click.option("--reverse", is_flag=True, help="The other way round.")


@click.group("runs")
def command() -> None:
    """Every answer a model gave: find it, read all of it, take it out, ask again.

    QUERY is words and filters: prompt:NAME, version:3, model:PROVIDER/NAME, provider:NAME,
    status:failed, failure:rate_limit, source:cli, comparison:NAME, since:2d, until:2026-11-01,
    cost>0.01, latency>2s, tokens>1000, is:starred, tag:NAME. A dash before one turns it around;
    "in quotes" words follow each other.

    \b
    Examples:
      proofroom runs list status:failed since:2d
      proofroom runs search late delivery prompt:refund-reply
      proofroom runs show 01M8G2Y2
      proofroom runs export prompt:greet --format csv --out greet.csv
      proofroom runs rerun 01M8G2Y2K37TY7K7SRTQCYZ42B
    """


@command.command("list", cls=run_words.QueryCommand, short_help="Show runs, newest first.")
@_query
@_limit
@_sort
@_reverse
@click.option(
    "--by",
    type=click.Choice(("prompt", "comparison")),
    help="Gather them: how many there are of each, failed ones among them, and their cost.",
)
@output.json_option
@click.pass_obj
def list_runs(  # noqa: PLR0913 - one parameter for each option
    chosen: Chosen,
    query: tuple[str, ...],
    limit: int,
    sort: By,
    by: run_groups.By | None,
    *,
    reverse: bool,
    as_json: bool,
) -> None:
    """Show the runs that fit QUERY, newest first; --json prints one object a line.

    \b
    Examples:
      proofroom runs list
      proofroom runs list model:openai/gpt-4o-mini "cost>0.01" --limit 100
      proofroom runs list since:2026-11-01 -status:ok --json
      proofroom runs list prompt:greet --sort cost
      proofroom runs list since:7d --by prompt
    """
    if by is None:
        _shown(chosen, query, limit, Order(sort, reverse), as_json=as_json)
        return
    if reverse or sort != "time":
        raise click.UsageError("--by has an order of its own: leave --sort and --reverse out.")
    with opened(chosen) as found:
        wanted = run_words.wanted(found.connection, query)
        look = run_groups.page(found.connection, wanted, by, size=limit)
        groups = look.groups[:limit]
        more = look.has_more or len(look.groups) > limit
    run_words.show_groups(groups, by, as_json=as_json)
    if more and output.is_terminal():
        say(f"There are more than these {limit:,}; --limit shows them.")


@command.command(
    "search", cls=run_words.QueryCommand, short_help="Look for words in inputs and answers."
)
@click.argument("query", nargs=-1, required=True, shell_complete=completing.query)
@_limit
@output.json_option
@click.pass_obj
def search_runs(chosen: Chosen, query: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Look for words in inputs and answers, and show where they stand, newest first.

    \b
    Examples:
      proofroom runs search express delivery
      proofroom runs search '"express delivery"' prompt:refund-reply --json
    """
    _shown(chosen, query, limit, Order(), as_json=as_json)


def _shown(
    chosen: Chosen, query: Sequence[str], limit: int, order: Order, *, as_json: bool
) -> None:
    with opened(chosen) as found:
        db = found.connection
        wanted = run_words.wanted(db, query)
        lines = _page(db, wanted, order, limit)
        hits = run_list.words_at(db, wanted, [line.key for line in lines])
        totals = run_totals.whole(db, wanted) if output.is_terminal() and not as_json else None
    if as_json:
        run_words.show_json(lines, hits)
    else:
        empty = "No runs yet." if wanted.is_empty else "No run fits."
        run_words.show(lines, hits, empty=empty)
        if totals is not None and totals.runs:
            say(run_words.of_totals(totals))
        if totals is not None and totals.runs > len(lines):
            say(f"There are more than these {limit:,}; --limit shows them.")


def _page(
    db: sqlite3.Connection, wanted: RunFilter, order: Order, size: int
) -> list[run_list.Line]:
    if order == Order():
        return run_list.page(db, wanted, size=size)
    keys = run_sort.page(db, wanted, order, size=size).keys
    found = {line.key: line for line in run_list.lines(db, keys)}
    return [found[key] for key in keys]


@command.command("show", short_help="Print all that is known of a run.")
@click.argument("run", metavar="ID_OR_PREFIX", shell_complete=completing.run)
@click.option(
    "--as",
    "form",
    type=click.Choice(list(request_code.FORMS)),
    help="Its request as a curl command, or as Python for a library; without the API key.",
)
@output.json_option
@click.pass_obj
def show_run(chosen: Chosen, run: str, form: str | None, *, as_json: bool) -> None:
    """Print all that is known of a run: texts, settings, attempts, usage and prices.

    \b
    Examples:
      proofroom runs show 01M8G2Y2
      proofroom runs show 01M8G2Y2 --json
      proofroom runs show 01M8G2Y2 --as curl
    """
    with opened(chosen) as found:
        db = found.connection
        key = run_list.by_id(db, run)
        all_ = provenance.of_run(db, key)
        marked = marks.on_runs(db, [key]).get(key, Marked())
        provider = providers.by_name(db, all_.run.provider)
    if form is not None:
        click.echo(request_code.FORMS[form](request_code.of_run(all_, provider)), nl=False)
        return
    if as_json:
        output.show_json({**msgspec.to_builtins(all_), "marks": msgspec.to_builtins(marked)})
        return
    facts = [
        (label, remedy.in_terminal(text, provider.name))
        for label, text in (*run_facts.head(all_, marked), *run_facts.attempts(all_))
    ]
    width = max(len(label) for label, _ in facts)
    blocks = ["\n".join(f"{label:{width}}  {text}" for label, text in facts)]
    blocks += [f"{label}:\n{text}" for label, text in run_facts.texts(all_) if text]
    output.show_text("\n\n".join(blocks))


@command.command(
    "export", cls=run_words.QueryCommand, short_help="Write runs with their whole texts."
)
@_query
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMS)),
    default="jsonl",
    show_default=True,
    help="JSON Lines or CSV.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; else standard output.",
)
@click.option("--yes", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def export_runs(
    chosen: Chosen, query: tuple[str, ...], form: str, out: Path | None, *, yes: bool
) -> None:
    """Write the runs that fit QUERY with their whole texts, newest first.

    \b
    Examples:
      proofroom runs export prompt:greet since:7d --format csv --out greet.csv
      proofroom runs export is:starred -status:failed
    """
    with opened(chosen) as found:
        wanted = run_words.wanted(found.connection, query)
        pieces = _FORMS[form](_whole(found.connection, wanted))
        if out is None:
            run_words.print_all(pieces)
            return
        report.write_all(out, pieces, replace=yes)
    say(f"The runs are in {out}.")


def _whole(db: sqlite3.Connection, wanted: RunFilter) -> Iterator[dict[str, Any]]:
    before: int | None = None
    while page := run_list.page(db, wanted, before=before, size=_AT_ONCE):
        for line in page:
            yield run_export.whole(line, run_whole.of_run(db, line.key))
        before = page[-1].key


@command.command("rerun", short_help="Ask again what runs asked.")
@click.argument(
    "runs",
    nargs=-1,
    required=True,
    metavar="ID_OR_PREFIX...",
    shell_complete=completing.run,
)
@click.option(
    "--model",
    metavar="PROVIDER/MODEL",
    shell_complete=completing.model,
    help="Ask this model instead.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another setting, such as temperature=0.2; may be given again.",
)
@click.option("--keep-going", is_flag=True, help="End with 0 even if one failed.")
@click.option("--yes", is_flag=True, help="Run a dear or large one unasked.")
@output.json_option
@click.pass_obj
def rerun(  # noqa: PLR0913 - one parameter for each option
    chosen: Chosen,
    runs: tuple[str, ...],
    model: str | None,
    settings: tuple[str, ...],
    *,
    keep_going: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Ask again what these runs asked: the same version, model and input, as comparisons.

    Runs of one version and model are asked together. Ends with 1 if one failed.
    With --model or --set that one thing is changed.

    \b
    Examples:
      proofroom runs rerun 01M8G2Y2K37TY7K7SRTQCYZ42B
      proofroom runs rerun 01M8G2Y2K3 01M8G2Y2K4 --yes
      proofroom runs rerun 01M8G2Y2K3 --model openai/gpt-4o-mini
      proofroom runs rerun 01M8G2Y2K3 --set temperature=0
    """
    # the engine, for this one alone
    from proofroom import log  # noqa: PLC0415
    from proofroom.cli import compare  # noqa: PLC0415
    from proofroom.cli.context import writable  # noqa: PLC0415

    log.setup("cli")
    options = compare.Options(
        reuse=False, yes=yes, keep_going=keep_going, report=None, as_json=as_json
    )
    with opened(chosen) as found:
        db = writable(found)
        keys = dict.fromkeys(run_list.by_id(db, run) for run in runs)
        found_again = [
            run_words.changed(db, run_again.asked(db, key), model, settings) for key in keys
        ]
        groups = itertools.groupby(
            sorted(found_again, key=lambda one: repr(one.column)), key=lambda one: one.column
        )
        asked = [
            compare.Asked(columns=[column], rows=[one.row for one in group])
            for column, group in groups
        ]
        return compare.compared(db, found.path, asked, options)
