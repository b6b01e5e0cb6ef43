"""`proofroom workspace restore | compact | prune | age-limit | salvage`."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import age, figures
from proofroom.errors import ProofroomError
from proofroom.workspace import (
    backup,
    compacting,
    daily,
    opening,
    pruning,
    restoring,
    salvage,
    settings,
)
from proofroom.workspace.old_runs import Old

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Show what would happen, and do nothing.")
_file = click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))


class _Age(click.ParamType[int]):
    name = "AGE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        days = value if isinstance(value, int) else age.days_of(str(value))
        if days is None:
            self.fail(f"{value!r} is no age. Write 90d, 12w, 6m or 1y.", param, ctx)
        return days


@click.command("restore", short_help="Put a backup in the workspace's place.")
@_file
@click.option("--from", "source", metavar="BACKUP", help="A number of the list, a file, or last.")
@_dry
@_yes
@output.json_option
@click.pass_obj
def restore_workspace(  # noqa: PLR0913 - one for each option
    chosen: Chosen,
    file: Path | None,
    source: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put a backup in the place of FILE, or of the workspace in use; without --from list them.

    What is there now is kept as a backup first. Windows that have it open must be closed.

    \b
    Examples:
      proofroom workspace restore
      proofroom workspace restore --from 12 --dry-run
      proofroom workspace restore support.proofspace --from last --yes
    """
    path = file if file is not None else chosen.file()
    found = backup.listed(path)
    if source is None:
        _list(path, found, as_json=as_json)
        return
    seen = restoring.preview(path, _named(path, found, source))
    if as_json:
        output.show_json(seen)
    else:
        for line in _told(seen):
            click.echo(line)
    if dry_run or not _agreed("Restore it?", yes=yes):
        return
    done = restoring.restore(path, seen.copy)
    say(f"{done.path} is restored." + (f" What stood there: {done.kept}" if done.kept else ""))


@click.command("compact", short_help="Give the room of what was removed back to the disk.")
@click.pass_obj
def compact_workspace(chosen: Chosen) -> None:
    """Write the file anew, without the room that what was removed left in it.

    It needs room for a second file meanwhile. Windows that have it open must be closed.

    \b
    Example:
      proofroom workspace compact
    """
    with _bar("Compacting") as bar:
        done = compacting.compact(chosen.file(), lambda part, whole: bar("", part, whole))
    say(
        f"{done.path}: {figures.size(done.before)} before, {figures.size(done.after)} now,"
        f" {figures.size(done.gained)} gained."
    )


@click.command("prune", short_help="Remove old runs; what they cost stays in every sum.")
@click.option("--older-than", type=_Age(), help="The age, such as 90d; else the age limit set.")
@click.option(
    "--keep-marked/--with-marked",
    default=True,
    help="Keep runs with a star, tag or note and picked ones, or let them go too.",
)
@_dry
@_yes
@output.json_option
@click.pass_obj
def prune_workspace(  # noqa: PLR0913 - one for each option
    chosen: Chosen,
    older_than: int | None,
    *,
    keep_marked: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove runs that are older than an age, with their texts; sums and prompts stay.

    What would go is shown first. Runs that a review, promotion or newer comparison rests on stay.

    \b
    Examples:
      proofroom workspace prune --older-than 90d --dry-run
      proofroom workspace prune --older-than 1y --yes
    """
    with opened(chosen) as found:
        days = older_than or daily.age_limit(writable(found))
        path = found.path
    if not days:
        raise click.UsageError("Say how old with --older-than 90d, or set an age limit.")
    old = pruning.preview(path, days, keep_marked=keep_marked)
    if as_json:
        output.show_json(old)
    else:
        for line in old_lines(old, days):
            click.echo(line)
    if dry_run or not old.runs or not _agreed("Remove them?", yes=yes):
        return
    with _bar("Removing") as bar:
        done = pruning.prune(path, days, keep_marked=keep_marked, progress=bar)
    with opened(chosen) as found:
        opening.remember_high_water(found.path, writable(found), now=True)
    say(
        f"{output.plural(done.runs, 'run')} and {output.plural(done.texts, 'text')} are removed"
        f" ({figures.size(done.text_bytes)}). `proofroom workspace compact` makes the file smaller."
    )
    if done.damaged:
        say(f"{output.plural(done.damaged, 'run')} stayed: a text of theirs is damaged.")


@click.command("age-limit", short_help="Say after how long runs are offered for removal.")
@click.argument("limit", metavar="AGE|off", required=False)
@click.pass_obj
def age_limit(chosen: Chosen, limit: str | None) -> None:
    """Say after how long runs are offered for removal in the app, or `off`; nothing goes by itself.

    \b
    Examples:
      proofroom workspace age-limit 90d
      proofroom workspace age-limit off
    """
    days = 0 if limit in (None, "off") else age.days_of(str(limit))
    if days is None:
        raise click.UsageError(f"{limit!r} is no age. Write 90d, 12w, 6m, 1y or off.")
    with opened(chosen) as found:
        if limit is not None:
            settings.put(writable(found), daily.AGE_LIMIT, days)
        now = daily.age_limit(found.connection)
    click.echo(f"{output.plural(now, 'day')}" if now else "off")


@click.command("salvage", short_help="Save what can be read of a damaged file into a new one.")
@_file
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="The new file; else beside it."
)
@output.json_option
@click.pass_obj
def salvage_workspace(chosen: Chosen, file: Path | None, to: Path | None, *, as_json: bool) -> None:
    """Save every readable row of a damaged workspace into a new file, and say what is lost.

    The damaged file is only read. Search index and sums are made anew.

    \b
    Example:
      proofroom workspace salvage support.proofspace
    """
    path = file if file is not None else chosen.file()
    with _bar("Reading") as bar:
        found = salvage.salvage(path, to or salvage.place_for(path), bar)
    if as_json:
        output.show_json(found)
        return
    for one in found.tables:
        lost = "nobody can tell how many are lost" if one.lost is None else f"{one.lost:,} lost"
        click.echo(f"{one.table}: {output.plural(one.rows, 'row')} saved, {lost}")
    for name in found.lost:
        click.echo(f"  {name}")
    say(f"{output.plural(found.rows, 'row')} saved to {found.path}")


ALL = (restore_workspace, compact_workspace, prune_workspace, age_limit, salvage_workspace)


def _list(path: Path, found: list[backup.Backup], *, as_json: bool) -> None:
    if as_json:
        output.show_json(found)
        return
    rows: list[tuple[str, ...]] = []
    for one in found:
        try:
            holds = restoring.counts(one.path)
        except ProofroomError:
            counts = ("damaged", "", "")
        else:
            counts = (f"{holds.prompts:,}", f"{holds.versions:,}", f"{holds.runs:,}")
        made, size = output.when(one.made_at), figures.size(one.size)
        rows.append((str(one.number), made, one.reason, size, str(one.schema), *counts))
    heads = ("Number", "Made", "Why", "Size", "Schema", "Prompts", "Versions", "Runs")
    right = "Number,Size,Schema,Prompts,Versions,Runs"
    output.show_table(heads, rows, right=right, empty=f"{path} has no backups.")


def _named(path: Path, found: list[backup.Backup], source: str) -> Path:
    if source == "last" and found:
        return found[0].path
    one = next((one for one in found if str(one.number) == source.lstrip("0")), None)
    if one is not None:
        return one.path
    if Path(source).is_file():
        return Path(source)
    raise ProofroomError(
        f"There is no backup {source}",
        where=str(path),
        fix="See them with `proofroom workspace restore`.",
    )


def _told(seen: restoring.Preview) -> Iterator[str]:
    then, now, lost = seen.then, seen.now, seen.lost
    yield f"Backup: {seen.copy}"
    rows = [("Prompts", "prompts"), ("Versions", "versions"), ("Comparisons", "comparisons")]
    for words, name in (*rows, ("Runs", "runs")):
        was = "unreadable" if now is None else f"{getattr(now, name):,}"
        yield f"{words}: {was} now, {getattr(then, name):,} then"
    if not seen.same:
        yield "It is a backup of another workspace."
    if lost.runs:
        yield f"{output.plural(lost.runs, 'run')} would be gone."
    for words, names in (
        ("Prompts that would be gone", lost.prompt_names),
        ("Versions that would be gone", lost.version_names),
        ("Drafts that would be as they were", lost.drafts),
    ):
        if names:
            yield f"{words}: {', '.join(names)}"
    if seen.back_runs:
        yield f"{output.plural(seen.back_runs, 'run')} would come back."


def old_lines(old: Old, days: int) -> Iterator[str]:
    """Yield in words what a prune would remove and what stays."""
    if not old.runs:
        yield f"No run is older than {output.plural(days, 'day')}."
    else:
        first, last = output.when(old.first_at or 0), output.when(old.last_at or 0)
        yield f"{output.plural(old.runs, 'run')} from {first} to {last} would go."
        yield f"{output.plural(old.texts, 'text')} with them, {figures.size(old.text_bytes)}."
        yield f"Their cost, {figures.money(old.cost_nano_usd)}, stays in every sum."
    if old.comparisons:
        yield f"{output.plural(old.comparisons, 'comparison')} would lose answers."
    if old.kept_marked:
        yield f"{output.plural(old.kept_marked, 'old run')} stay: marked or picked."
    if old.kept_proof:
        yield f"{output.plural(old.kept_proof, 'old run')} stay: something rests on them."


def _agreed(question: str, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("Nothing was done: say --yes, since nobody can be asked here.")
    return click.confirm(question, err=True)


class _Bar:
    """A bar on stderr where somebody looks, and nothing otherwise."""

    def __init__(self, words: str) -> None:
        self._words, self._looked = words, 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._looked < _LOOK_S:
            return
        self._looked = time.monotonic()
        if self._bar is None or self._task is None:
            from rich.progress import Progress  # noqa: PLC0415 - for a terminal alone

            self._bar = Progress(console=output.console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._words, total=total)
        words = f"{self._words} {step}".rstrip()
        self._bar.update(self._task, description=words, completed=done, total=total)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()


_LOOK_S = 0.1


@contextmanager
def _bar(words: str) -> Generator[_Bar]:
    bar = _Bar(words)
    try:
        yield bar
    finally:
        bar.close()
