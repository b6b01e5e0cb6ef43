"""`proofroom compare`: ask versions and models side by side and show the answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import click
from msgspec import Struct

from proofroom import log
from proofroom.cli import answers, asked_keys, asking, completing, output, typed
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.cli.rows import rows_for
from proofroom.cli.selecting import Selected, chosen_content
from proofroom.domain import comparison, figures, setting
from proofroom.domain.provider import host_of
from proofroom.errors import ProofroomError
from proofroom.workspace import comparisons, machine, providers
from proofroom.workspace import settings as workspace_settings

_NANO = 1_000_000_000


class Options(Struct, frozen=True, kw_only=True):
    """How a comparison is to be run and shown."""

    reuse: bool
    yes: bool
    keep_going: bool
    report: Path | None
    as_json: bool


@click.command("compare")
@click.argument(
    "prompts",
    nargs=-1,
    required=True,
    metavar="PROMPT[@VERSION]...",
    shell_complete=completing.prompt,
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="PROVIDER/MODEL",
    shell_complete=completing.model,
    help="A model to ask, may be given again; else each prompt's own.",
)
@click.option(
    "--input",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable's value; may be given again.",
)
@click.option(
    "--inputs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV or JSONL file, a row for each input.",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="How often each cell is asked.",
)
@click.option("--name", default="", help="What to call the comparison.")
@click.option(
    "--report",
    "report_to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a report: .html, .csv, .json or .md.",
)
@click.option("--reuse", is_flag=True, help="Take equal answers that are stored.")
@click.option("--keep-going", is_flag=True, help="End with 0 even if a cell failed.")
@click.option("--yes", is_flag=True, help="Run a dear or large one, replace any file, unasked.")
@output.json_option
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    chosen: Chosen,
    prompts: tuple[str, ...],
    models: tuple[str, ...],
    given: tuple[str, ...],
    inputs: Path | None,
    samples: int,
    name: str,
    report_to: Path | None,
    *,
    reuse: bool,
    keep_going: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Ask versions and models side by side and show the answers.

    PROMPT alone is the latest version, PROMPT@draft the draft, `-` a prompt from standard input.
    Without --input and --inputs the prompt's own inputs are asked. Ends with 1 if a cell failed.

    \b
    Examples:
      proofroom compare greet@1 greet@2 --model local/smollm2 --input name=Ada
      echo "Name a {{ thing }}." | proofroom compare - --model openai/gpt-4o-mini --input thing=boat
      proofroom compare greet@draft greet --inputs people.csv --report greet.html
    """
    log.setup("cli")
    options = Options(
        reuse=reuse, yes=yes, keep_going=keep_going, report=report_to, as_json=as_json
    )
    if list(prompts).count("-") > 1:
        raise click.UsageError("Standard input can be one prompt only.")
    if report_to is not None:
        answers.refuse_report(report_to, replace=yes)
    with opened(chosen) as found:
        db = writable(found)
        selected = [chosen_content(db, text) for text in prompts]
        columns = _columns(db, selected, models)
        rows = rows_for(db, selected, given, inputs)
        if given or inputs is not None:
            values = (str(value) for row in rows for value in row.values.values())
            typed.refuse_keys("\n".join(values), where="the inputs")
        asked = Asked(columns=columns, rows=rows, name=name, samples=samples)
        return compared(db, found.path, [asked], options)


class Asked(Struct, frozen=True, kw_only=True):
    """A comparison to be: its columns, rows and name, and how often each cell is asked."""

    columns: Sequence[comparisons.NewColumn]
    rows: Sequence[comparisons.NewRow]
    name: str = ""
    samples: int = 1


def compared(db: sqlite3.Connection, path: Path, asked: Sequence[Asked], options: Options) -> int:
    """Keep comparisons, ask all of them, show the answers and return the exit code.

    Above the limits a person is asked once for all of them, before anything is sent.
    """
    settings = machine.load()
    columns = [column for one in asked for column in one.columns]
    models = [providers.model_by_key(db, column.model_key) for column in columns]
    _say_places(db, list(dict.fromkeys(model.full_name for model in models)))
    keys = asked_keys.for_providers(db, {model.provider for model in models}, settings)
    made: list[comparisons.ComparisonSummary] = []
    try:
        made += [_made(db, one) for one in asked]
        estimates = [asking.estimated(path, one.key) for one in made]
        _ask_first(comparison.together(estimates), settings, options)
    except BaseException:
        for one in made:  # nothing of it was asked: not worth a place in the list
            comparisons.archive(db, one.key)
        raise
    codes: list[int] = []
    for one, estimate in zip(made, estimates, strict=True):
        press = asking.Press(path=path, comparison_key=one.key, keys=keys, reuse=options.reuse)
        ended = asking.run(db, press, estimate, settings)
        unsent = _by_number(db, one.key, ended.unsent)
        answers.show(db, one, report_to=options.report, as_json=options.as_json, unsent=unsent)
        codes.append(1 if (ended.job.failed or ended.unsent) and not options.keep_going else 0)
    return max(codes)


def _made(db: sqlite3.Connection, asked: Asked) -> comparisons.ComparisonSummary:
    models = [providers.model_by_key(db, column.model_key) for column in asked.columns]
    heads = [f"{c.label} {m.full_name}" for c, m in zip(asked.columns, models, strict=True)]
    title = asked.name.strip() or comparison.name_for(_prompt_names(db, asked.columns), heads)
    return comparisons.create(db, asked.columns, asked.rows, name=title, samples=asked.samples)


def _columns(
    db: sqlite3.Connection, selected: Sequence[Selected], models: Sequence[str]
) -> list[comparisons.NewColumn]:
    columns: list[comparisons.NewColumn] = []
    for one in selected:
        names = models or ((one.content.model,) if one.content.model else ())
        if not names:
            raise click.UsageError(f"{one.name} names no model; give one with --model.")
        columns += [
            comparisons.NewColumn(
                prompt_key=one.prompt_key,
                version_key=one.version_key,
                content=one.content,
                label=one.label,
                model_key=providers.ask_for(db, name).key,
            )
            for name in dict.fromkeys(names)
        ]
    return columns


def _prompt_names(db: sqlite3.Connection, columns: Sequence[comparisons.NewColumn]) -> list[str]:
    from proofroom.workspace import prompts  # noqa: PLC0415 - the parameter above has its name

    found = [prompts.by_key(db, one.prompt_key) for one in columns if one.prompt_key is not None]
    return [one.name for one in found if one is not None]


def _say_places(db: sqlite3.Connection, models: Sequence[str]) -> None:
    """Say once for each place which models' text goes there."""
    places: dict[str, list[str]] = {}
    for model in models:
        provider = providers.by_name(db, model.partition("/")[0])
        places.setdefault(host_of(provider), []).append(model)
    local_only = workspace_settings.local_only(db)
    for place, names in places.items():
        here = place == "this laptop"
        goes = f"the text stays on {place}" if here else f"the text goes to {place}"
        refused = "nothing is sent: this workspace is local-only"
        say(f"{', '.join(names)}: {refused if local_only and not here else goes}.")
    if f"{providers.EMBEDDED.name}/{providers.SMOLLM2}" in models:
        say("local/smollm2 is a very small model, for trying things out.")


def _ask_first(estimate: comparison.Estimate, settings: machine.Machine, options: Options) -> None:
    limit = round(float(settings.value(setting.ASK_OVER_USD)) * _NANO)
    calls = int(settings.value(setting.ASK_OVER_CALLS))
    if options.yes or not comparison.must_ask(estimate, nano_usd=limit, paid_calls=calls):
        return
    known = figures.money(estimate.nano_usd)
    unknown = f" and {estimate.unknown_cost:,} of unknown cost" if estimate.unknown_cost else ""
    text = f"This makes {estimate.calls:,} calls for about {known}{unknown}."
    if not typed.is_person():
        raise ProofroomError(text[:-1], where="this comparison", fix="Say --yes to run it.")
    if not click.confirm(f"{text} Run it?", err=True):
        raise ProofroomError("It was not run", where="this comparison", fix="Nothing was sent.")


def _by_number(
    db: sqlite3.Connection, key: int, unsent: dict[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """Return the same by the numbers of rows and columns."""
    rows = {row.key: row.number for row in comparisons.rows(db, key)} if unsent else {}
    columns = {column.key: column.number for column in comparisons.columns(db, key)}
    return {(rows[row], columns[column]): why for (row, column), why in unsent.items()}
