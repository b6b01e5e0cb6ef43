"""`proofroom cost`: what was spent, on what, and what of it was waste."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import click
from msgspec import Struct

from proofroom import clock
from proofroom.cli import cost_budgets, output
from proofroom.cli.context import Chosen, opened
from proofroom.domain import figures, period
from proofroom.domain.period import PERS, Per, Span
from proofroom.interchange import cost_file
from proofroom.workspace import costs, dear_runs
from proofroom.workspace.cost_sums import BYS, By, Only, Sum
from proofroom.workspace.costs import Costs

_DATE = click.DateTime(formats=["%Y-%m-%d"])
_BAR = 30
"""The longest bar, in signs."""
_MOST_BARS = 100
_EIGHTHS = " ▏▎▍▌▋▊▉"


class _Wanted(Struct, frozen=True, kw_only=True):
    span: Span
    per: Per
    by: By
    form: Literal["", "json", "csv"]


@click.group(
    "cost",
    invoke_without_command=True,
    short_help="Show what was spent, on what, and what of it was waste.",
)
@click.option("--by", type=click.Choice(BYS), default="model", show_default=True, help="Group by.")
@click.option("--per", type=click.Choice(PERS), help="A line for each; else as the span is long.")
@click.option("--since", type=_DATE, help="The first day; else the first of this month.")
@click.option("--until", type=_DATE, help="The last day; else today.")
@click.option(
    "--only", "rules", multiple=True, metavar="BY=NAME",
    help="Count these runs alone, such as provider=openai; may be given again.",
)  # fmt: skip
@output.json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line for each part.")
@click.pass_context
def command(  # noqa: PLR0913 - its options
    context: click.Context, *, by: By, per: Per | None, since: datetime | None,
    until: datetime | None, rules: tuple[str, ...], as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Show what the runs of some days cost; days are local ones and both ends are in it.

    Runs whose cost nobody knows are counted and stand beside the sum, never in it as 0.

    \b
    Examples:
      proofroom cost
      proofroom cost --by prompt --per week --since 2026-09-01 --until 2026-11-30
      proofroom cost --by model --per day --csv
      proofroom cost --only provider=openai --only source=cli
      proofroom cost budget set all 40 --per month
    """
    if context.invoked_subcommand is not None:
        return
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms.")
    wanted = _wanted(by, per, since, until, form="json" if as_json else "csv" if as_csv else "")
    with opened(context.ensure_object(Chosen)) as found:
        _show(found.connection, wanted, _only(found.connection, rules))


command.add_command(cost_budgets.command)


def _wanted(
    by: By, per: Per | None, since: datetime | None, until: datetime | None, *,
    form: Literal["", "json", "csv"],
) -> _Wanted:  # fmt: skip
    now = clock.now()
    today = clock.local_day(now, clock.local_offset_s(now))
    last = period.day_of(until.date()) if until else today
    first = period.day_of(since.date()) if since else period.preset("month", last).first
    if first > last:
        raise click.UsageError(
            f"--since {period.date_of(first)} is after --until {period.date_of(last)}."
        )
    span = Span(first=first, last=last)
    return _Wanted(span=span, per=per or period.fitting(span), by=by, form=form)


def _only(db: sqlite3.Connection, rules: Sequence[str]) -> Only:
    """Return the groups whose runs count alone."""
    kinds: dict[str, By] = {by: by for by in BYS}
    found: list[tuple[By, str]] = []
    for rule in rules:
        by, equals, name = rule.partition("=")
        if not equals or by not in kinds:
            raise click.UsageError(f"“{rule}” is not one of {', '.join(BYS)} with =NAME.")
        found.append((kinds[by], costs.group_named(db, kinds[by], name)))
    return tuple(found)


def _show(db: sqlite3.Connection, wanted: _Wanted, only: Only) -> None:
    found = costs.of_span(db, wanted.span, wanted.per, wanted.by, only)
    if wanted.form == "csv":
        output.show_text(cost_file.csv(found).removesuffix("\n"))
        return
    if wanted.form == "json":
        output.show_json(cost_file.builtins(found, dear_runs.whole(db, wanted.span, only)))
        return
    if not found.total.runs:
        click.echo(f"No run ended in {period.span_words(wanted.span)}.", err=True)
        return
    if output.is_terminal():
        output.show_text(_summary(found))
        _stretches(found)
        click.echo()
    _groups(found)
    if output.is_terminal():
        click.echo()
        _waste(found.total, dear_runs.whole(db, wanted.span, only))


def _plain(words: str) -> str:
    return words.replace(figures.NBSP, " ")


def _summary(found: Costs) -> str:
    total, earlier = found.total, period.span_words(period.before(found.span))
    change = figures.change(total.cost, found.before.cost)
    runs, spent = output.plural(total.runs, "run"), figures.cost(total.known)
    span = period.span_words(found.span)
    lines = [f"{span}: {spent} for {runs}, {figures.tokens(total.of())}."]
    if change:
        than = "as in" if change.endswith("as much") else "than in"
        lines.append(f"That is {change} {than} {earlier} ({figures.money(found.before.cost)}).")
    if total.unknown:
        lines.append(
            f"The cost of {output.plural(total.unknown, 'run')} is unknown and not in the sum."
        )
    return _plain("\n".join(lines)) + "\n"


def _stretches(found: Costs) -> None:
    sums = found.by_start()
    if len(sums) > _MOST_BARS:  # hours of a year: only those in which something happened
        sums = {start: one for start, one in sums.items() if one.runs}
    most = max((one.cost for one in sums.values()), default=0)
    rows = [
        (_start(found, start), bar(one.cost, most), _money(one), _unknown(one))
        for start, one in sums.items()
    ]
    output.show_table((found.per.capitalize(), "", "Cost", "Unknown"), rows, right="Cost,Unknown")


def _start(found: Costs, start: int) -> str:
    if found.per == "hour":
        return f"{clock.local(start):%Y-%m-%d %H:%M}"
    return _plain(period.stretch_words(start, found.per))


def bar(value: int, most: int) -> str:
    """Return a bar of at most 30 signs, in eighths of one; what is more than nothing shows."""
    if not value or not most:
        return ""
    eighths = max(1, value * _BAR * 8 // most)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _groups(found: Costs) -> None:
    rows = [
        (
            found.names[group],
            figures.number(one.runs),
            figures.number(one.of()),
            _money(one),
            _unknown(one),
        )
        for group, one in found.by_group().items()
    ]
    heads = (found.by.capitalize(), "Runs", "Tokens", "Cost", "Unknown")
    output.show_table(heads, rows, right="Runs,Tokens,Cost,Unknown")


def _money(one: Sum) -> str:
    return figures.money(one.known)


def _unknown(one: Sum) -> str:
    return figures.number(one.unknown) if one.unknown else ""


def _waste(total: Sum, look: dear_runs.Look) -> None:
    again = f"{figures.number(look.again)} calls that were answered before"
    if look.again_unknown:
        again += f", {figures.number(look.again_unknown)} of unknown cost"
    rows = [
        ("Retries", figures.money(total.retry)),
        ("Failed", figures.money(total.failed)),
        ("Stopped", figures.money(total.cancelled)),
        ("Identical", f"{figures.money(look.again_cost)} ({again})"),
    ]
    output.show_table(("Waste", figures.money(total.waste + look.again_cost)), rows)
