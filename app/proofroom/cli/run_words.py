"""What is typed to find runs, and how they are printed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import click
import msgspec
from msgspec import structs

from proofroom import clock
from proofroom.cli import output
from proofroom.domain import figures, run_query
from proofroom.domain.run import SCREEN_WORDS
from proofroom.domain.version import Settings
from proofroom.errors import ProofroomError
from proofroom.interchange import run_export
from proofroom.workspace import providers, run_again, run_filter, run_groups
from proofroom.workspace.run_again import Again
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_list import Hit, Line
from proofroom.workspace.run_totals import Totals

_TOKEN = re.compile(r"(-?[A-Za-z]+[:<>])([^\"]*\s[^\"]*)")
_ANOTHER = re.compile(r"\s-?[A-Za-z]+[:<>]")
_SHOWN = 70


class QueryCommand(click.Command):
    """A command whose `-status:ok` is a part of the query and no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put what is no option of ours behind `--`."""
        known = {name for one in self.get_params(ctx) for name in one.opts}
        refused = [one for one in args if re.match(r"-[^-\d]", one) and one not in known]
        if refused and "--" not in args:
            args = [*(one for one in args if one not in refused), "--", *refused]
        return super().parse_args(ctx, args)


def wanted(db: sqlite3.Connection, typed: Sequence[str]) -> RunFilter:
    """Return the filter that arguments say; one with white space keeps it in its value.

    Nobody is typing any more: each word is whole.
    """
    text = "".join(f"{_argument(one)} " for one in typed)
    return run_filter.filter_of(db, run_query.parse(text, clock.now()))


def _argument(text: str) -> str:
    found = _TOKEN.fullmatch(text)
    if found is None or _ANOTHER.search(text):
        return text
    return f'{found[1]}"{found[2]}"'


def show(lines: Sequence[Line], hits: Mapping[int, Hit], *, empty: str) -> None:
    """Print runs as a table; with words that were looked for, the place of the first hit."""
    rows = [
        (
            line.id,
            output.when(line.started_at),
            _plain(SCREEN_WORDS[line.status]),
            f"{line.prompt or ''} {line.version}".strip(),
            line.model_name,
            "" if line.latency_us is None else _plain(figures.duration(line.latency_us)),
            "" if line.is_open else figures.money(line.cost_nano_usd),
            _said(line, hits.get(line.key)),
        )
        for line in lines
    ]
    heads = ("Run", "When", "Status", "Prompt", "Model", "Latency", "Cost", "Answer")
    output.show_table(heads, rows, right="Latency,Cost", empty=empty)


def changed(
    db: sqlite3.Connection, again: Again, model: str | None, settings: Sequence[str]
) -> Again:
    """Return what to ask with another model or other settings; each is typed as NAME=VALUE.

    Raises click.UsageError for a setting that is none.
    """
    content = again.content
    if model is not None:
        content = structs.replace(content, model=providers.ask_for(db, model).full_name)
    if settings:
        content = structs.replace(content, settings=_settings(content.settings, settings))
    return run_again.changed(db, again, content)


def _settings(now: Settings, typed: Sequence[str]) -> Settings:
    told: dict[str, object] = structs.asdict(now)
    for one in typed:
        name, sign, value = one.partition("=")
        if not sign or name not in told:
            known = ", ".join(told)
            raise click.UsageError(f"--set takes NAME=VALUE, with one of {known}; not {one}.")
        told[name] = (value,) if name == "stop" else value
    try:
        return msgspec.convert(told, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"--set: {error}.") from None


def show_groups(groups: Sequence[run_groups.Group], by: run_groups.By, *, as_json: bool) -> None:
    """Print groups of runs, a line of each; of those without a name the runs of none."""
    if as_json:
        for one in groups:
            told = {by: one.name or None, "runs": one.runs, "failed": one.failed}
            cost = {"cost_usd": run_export.dollars(one.cost), "unknown_cost": one.unknown}
            click.echo(run_export.encoded({**told, **cost}))
        return
    rows = [
        (
            one.name or f"(no {by})",
            figures.number(one.runs),
            figures.number(one.failed),
            figures.money(one.cost),
            figures.number(one.unknown) if one.unknown else "",
        )
        for one in groups
    ]
    heads = (by.capitalize(), "Runs", "Failed", "Cost", "Unknown cost")
    output.show_table(heads, rows, right="Runs,Failed,Cost,Unknown cost", empty="No run fits.")


def of_totals(totals: Totals) -> str:
    """Return what runs come to, in a line."""
    median, unknown = totals.median_us, totals.unknown
    return _plain(
        figures.facts(
            figures.plural(totals.runs, "run"),
            figures.cost(totals.cost),
            f"{figures.number(unknown)} of unknown cost" if unknown else "",
            "" if median is None else f"median {figures.duration(median)}",
            f"{figures.number(totals.failed)} failed" if totals.failed else "",
        )
    )


def show_json(lines: Iterable[Line], hits: Mapping[int, Hit]) -> None:
    """Print a line of JSON for each run."""
    for line in lines:
        hit = hits.get(line.key)
        found = {} if hit is None else {"hit": {"side": hit.side, "text": hit.snippet.text}}
        click.echo(run_export.encoded({**run_export.summary(line), **found}))


def print_all(pieces: Iterable[str]) -> None:
    """Print a text piece by piece; a full disk behind standard output is not the workspace's."""
    for piece in pieces:
        try:
            click.echo(piece, nl=False)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise ProofroomError(
                f"It cannot be written ({error.strerror})",
                where="standard output",
                fix="Make room, or write elsewhere.",
            ) from error


def _said(line: Line, hit: Hit | None) -> str:
    if hit is None:
        return line.title or line.output[:_SHOWN]
    text, end = "", 0
    for start, stop in hit.snippet.hits:
        text += hit.snippet.text[end:start] + f"[{hit.snippet.text[start:stop]}]"
        end = stop
    return text + hit.snippet.text[end:]


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
