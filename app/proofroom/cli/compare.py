"""`proofroom compare`: ask versions and models side by side and show the answers."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from msgspec import Struct

from proofroom import ids, log
from proofroom.cli import addresses, answers, output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.cli.progress import Shown
from proofroom.cli.rows import rows_for
from proofroom.cli.selecting import Selected, chosen_content
from proofroom.domain import comparison, setting
from proofroom.domain.provider import host_of
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.errors import ProofroomError
from proofroom.interchange import report_words
from proofroom.keys import patience, resolve
from proofroom.keys.session import SessionKeys
from proofroom.workspace import comparisons, machine, providers


class Options(Struct, frozen=True, kw_only=True):
    """How a comparison is to be run and shown."""

    reuse: bool
    yes: bool
    keep_going: bool
    report: Path | None
    as_json: bool


@click.command("compare")
@click.argument("prompts", nargs=-1, required=True, metavar="PROMPT[@VERSION]...")
@click.option("--model", "models", multiple=True, metavar="M", help="PROVIDER/MODEL; else its own.")
@click.option("--input", "given", multiple=True, metavar="NAME=VALUE", help="One input's values.")
@click.option("--inputs", type=click.Path(path_type=Path, exists=True), help="CSV or JSONL file.")
@click.option("--samples", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--name", default="", help="What to call the comparison.")
@click.option("--report", "report_to", type=click.Path(path_type=Path), help="Write HTML here.")
@click.option("--reuse", is_flag=True, help="Take equal answers that are stored.")
@click.option("--keep-going", is_flag=True, help="End with 0 even if a cell failed.")
@click.option("--yes", is_flag=True, help="Do not ask before a dear or large run.")
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
    Without --input and --inputs the prompt's own inputs are asked.

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
    with opened(chosen) as found:
        db = writable(found)
        selected = [chosen_content(db, text) for text in prompts]
        columns = _columns(db, selected, models)
        rows = rows_for(db, selected, given, inputs)
        heads = [f"{one.label} {_model_name(db, one)}" for one in columns]
        made = comparisons.create(
            db,
            columns,
            rows,
            name=name or comparison.name_for([one.prompt for one in selected if one.prompt], heads),
            samples=samples,
        )
        for column in comparisons.columns(db, made.key):
            place = host_of(providers.by_name(db, column.provider))
            say(f"{column.label} {column.model}: its text goes to {place}.")
        ended = asyncio.run(_run(found.path, db, made, options))
        answers.show(db, made, report_to=options.report, as_json=options.as_json)
    failed = ended is None or ended.failed or ended.reason == "failed"
    return 1 if failed and not keep_going else 0


def _columns(
    db: sqlite3.Connection, selected: Sequence[Selected], models: Sequence[str]
) -> list[comparisons.NewColumn]:
    columns: list[comparisons.NewColumn] = []
    for one in selected:
        names = models or ((one.content.model,) if one.content.model else ())
        if not names:
            raise click.UsageError(f"{one.label} names no model; give one with --model.")
        columns += [
            comparisons.NewColumn(
                prompt_key=one.prompt_key,
                version_key=one.version_key,
                content=one.content,
                label=one.label.removeprefix(one.prompt).strip() or one.label,
                model_key=providers.ask_for(db, name).key,
            )
            for name in names
        ]
    return columns


def _model_name(db: sqlite3.Connection, column: comparisons.NewColumn) -> str:
    return providers.model_by_key(db, column.model_key).full_name


async def _run(
    path: Path, db: sqlite3.Connection, made: comparisons.ComparisonSummary, options: Options
) -> protocol.JobEnded | None:
    settings = machine.load()
    ends: list[protocol.JobEnded] = []
    shown: list[Shown] = []

    def tell(item: protocol.News) -> None:
        if isinstance(item, protocol.JobEnded):
            ends.append(item)
        for one in shown:
            one.hear(item)

    engine = Engine(tell)
    try:
        estimate = await engine.estimate(
            protocol.EstimateRun(workspace=str(path), comparison_key=made.key)
        )
        _ask_first(estimate, settings, options)
        request = protocol.StartRun(
            press_id=ids.new_id(),
            workspace=str(path),
            comparison_key=made.key,
            fresh=not options.reuse,
            reuse=options.reuse,
            api_keys=_api_keys(db, made, settings),
            retry_uncertain=settings.value(setting.RETRY_UNCERTAIN),
            ca_file=settings.value(setting.CA_FILE) or "",
        )
        shown.append(Shown(estimate.calls))
        started = await engine.start(request)
        await engine.finished(started.job_id)
    finally:
        for one in shown:
            one.close()
        await engine.close()
    return ends[0] if ends else None


def _ask_first(estimate: comparison.Estimate, settings: machine.Machine, options: Options) -> None:
    limit = round(float(settings.value(setting.ASK_OVER_USD)) * 1_000_000_000)
    calls = int(settings.value(setting.ASK_OVER_CALLS))
    if options.yes or not comparison.must_ask(estimate, nano_usd=limit, paid_calls=calls):
        return
    known = report_words.money(estimate.nano_usd)
    unknown = f" and {estimate.unknown_cost:,} of unknown cost" if estimate.unknown_cost else ""
    text = f"This makes {estimate.calls:,} calls for about {known}{unknown}."
    if not sys.stdin.isatty():
        raise ProofroomError(text, where="this comparison", fix="Say --yes to run it.")
    click.confirm(f"{text} Run it?", abort=True, err=True)


def _api_keys(
    db: sqlite3.Connection, made: comparisons.ComparisonSummary, settings: machine.Machine
) -> dict[str, str]:
    """Return the keys of the providers that are asked; one that has none is left out."""
    names = {column.provider for column in comparisons.columns(db, made.key)}
    keys: dict[str, str] = {}
    for name in sorted(names):
        provider = providers.by_name(db, name)
        if not provider.needs_key:
            continue
        addresses.make_sure(provider, settings)
        found = resolve.resolve(
            name,
            allowed_variables=settings.value(setting.KEY_VARIABLES),
            environ=os.environ,
            session=SessionKeys(),
            patience=patience.at_the_command_line(),
        )
        if found is None:
            offered = resolve.offered(os.environ).get(name)
            use = f" {offered} is set: `proofroom keys set {name} --from-environment`."
            raise ProofroomError(
                f"There is no API key for {name}",
                where="the keychain",
                fix=f"Run `proofroom keys set {name}`.{use if offered else ''}",
            )
        keys[name] = found.secret.reveal()
    return keys
