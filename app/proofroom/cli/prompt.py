"""`proofroom prompt`: write, save, list and compare prompts."""

from __future__ import annotations

import shlex
import sqlite3
from pathlib import Path

import click
from msgspec import structs

from proofroom.cli import completing, editor, output, prompt_diff, selecting, typed
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import content_diff
from proofroom.domain import draft as steps
from proofroom.domain.provider import split_model
from proofroom.domain.version import Content, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import drafts, holding, marks, prompts, providers, versions


@click.group("prompt")
def command() -> None:
    """Write, save, list and compare prompts.

    PROMPT alone is the latest version; PROMPT@3 a version, PROMPT@draft the draft, PROMPT@TAG the
    version with that tag.

    \b
    Examples:
      proofroom prompt new greet < greet.md
      proofroom prompt edit greet
      proofroom prompt save greet -m "shorter"
      proofroom prompt diff greet@1 greet
    """


@command.command("new", short_help="Make a prompt from standard input.")
@click.argument("name")
@click.option(
    "--model",
    default="",
    shell_complete=completing.model,
    help="The model it asks, as PROVIDER/MODEL.",
)
@click.pass_obj
def new_prompt(chosen: Chosen, name: str, model: str) -> None:
    """Make the prompt NAME from standard input: text, Markdown, a request or a curl command.

    At a terminal it begins empty; `proofroom prompt edit NAME` fills it.

    \b
    Examples:
      echo "Greet {{ name }}." | proofroom prompt new greet --model local/smollm2
      proofroom prompt new greet < request.json
    """
    given = typed.piped()
    found = None
    if given.strip():
        found = selecting.read(given)
        selecting.refuse_keys(found.content)
    content = Content() if found is None else found.content
    provider = split_model(model)[0] if model else ""
    if model:
        content = structs.replace(content, model=model.strip())
    with opened(chosen) as one:
        db = writable(one)
        is_known = not provider or any(own.name == provider for own in providers.listed(db))
        if found is not None:
            selecting.keep_files(db, found)
        made = prompts.create(db, name, content)
    count = len(content.messages)
    then = "edit" if not count else "save"
    if not is_known:
        say(f"{provider} is no provider here yet: `proofroom providers add {_quoted(provider)}`.")
    say(f"{made.name} is made; its draft has {output.plural(count, 'message')}.")
    say(f"Next: `proofroom prompt {then} {_quoted(made.name)}`.")


@command.command("list")
@click.option("--query", default="", help="Words in names or messages.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--archived", is_flag=True, help="The archived ones.")
@output.json_option
@click.pass_obj
def list_prompts(chosen: Chosen, query: str, tag: str, *, archived: bool, as_json: bool) -> None:
    """Show the prompts, the latest changed first.

    \b
    Example:
      proofroom prompt list --query refund --json
    """
    with opened(chosen) as found:
        rows = prompts.listed(found.connection, query=query, tag=tag, archived=archived)
    if as_json:
        output.show_json(
            [
                {
                    "id": row.id,
                    "name": row.name,
                    "version": row.number,
                    "edited": bool(row.edited),
                    "tags": row.tags.split(", ") if row.tags else [],
                    "changed_at": row.changed_at,
                }
                for row in rows
            ]
        )
        return
    table = [
        (
            row.name,
            f"v{row.number}" if row.number else "none",
            "edited" if row.edited else "",
            row.tags,
            output.when(row.changed_at),
        )
        for row in rows
    ]
    asked = query or tag or archived
    empty = "No prompt fits." if asked else "No prompts yet. `proofroom prompt new NAME` makes one."
    output.show_table(("Prompt", "Version", "Draft", "Tags", "Changed"), table, empty=empty)


@command.command("show")
@click.argument("prompt", shell_complete=completing.prompt)
@output.json_option
@click.pass_obj
def show_prompt(chosen: Chosen, prompt: str, *, as_json: bool) -> None:
    """Print a version of PROMPT as Markdown, or all of it as JSON.

    \b
    Examples:
      proofroom prompt show greet@draft
      proofroom prompt show greet@2 --json
    """
    with opened(chosen) as found:
        selected = selecting.chosen_content(found.connection, prompt)
    if as_json:
        click.echo(encoded(selected.content))
        return
    if output.is_terminal():
        say(prompt_diff.besides(selected.name, selected.content))
    output.show_text(selecting.spoken(selected.content).rstrip("\n"))


@command.command("edit", short_help="Open a draft in $EDITOR and keep what you save.")
@click.argument("name", shell_complete=completing.prompt)
@click.pass_obj
def edit_prompt(chosen: Chosen, name: str) -> None:
    """Open the draft of NAME in $EDITOR as Markdown and keep what you save.

    If the draft changes elsewhere meanwhile, or your text cannot be taken over, it stays in a
    file that is named.

    \b
    Example:
      EDITOR="code --wait" proofroom prompt edit greet
    """
    holder = holding.Holder()
    try:
        _edit(chosen, name, holder)
    finally:
        holder.release()


def _edit(chosen: Chosen, name: str, holder: holding.Holder) -> None:
    with opened(chosen) as found:
        prompt = prompts.by_name(writable(found), name.removesuffix(selecting.DRAFT))
        if holder.take(found.connection, prompt.key):
            say(f"The draft of {prompt.name} is open elsewhere too. What is saved first stays.")
        draft = drafts.of_prompt(found.connection, prompt.key)
    if not selecting.reads_back(draft.content):
        raise ProofroomError(
            "A line of it reads like the heading of a message",
            where="this prompt",
            fix="Change it in the app, where messages are blocks.",
        )
    before = selecting.spoken(draft.content)
    with editor.edited(before or "# User\n\n", name=prompt.name) as (text, file):
        if text.strip() in {before.strip(), "# User"}:
            say("Nothing was changed.")
            return
        try:
            _take_over(chosen, draft, text)
        except drafts.DraftChangedError as error:
            raise _changed_meanwhile(prompt.name, file) from error
        except BaseException:
            say(f"Your text is kept in {file}.")
            raise
    name = _quoted(prompt.name)
    say(f"The draft of {prompt.name} is kept. Save it with `proofroom prompt save {name}`.")


def _take_over(chosen: Chosen, draft: drafts.Draft, text: str) -> None:
    """Write an edited text into the draft, with a connection that was not held meanwhile."""
    with opened(chosen) as found:
        db = writable(found)
        _keep(db, draft, _merged(db, draft.content, text))


def _keep(db: sqlite3.Connection, draft: drafts.Draft, content: Content) -> drafts.Draft:
    """Write a draft as one more step of its undo."""
    if content == draft.content:
        return draft
    step = steps.encode(steps.change(draft.content, content))
    return drafts.save(
        db,
        draft.prompt_key,
        content,
        revision=draft.revision,
        edits=[step],
        kept=draft.position,
    )


def _merged(db: sqlite3.Connection, old: Content, text: str) -> Content:
    """Return `old` with a new text; a whole request brings its own model and settings."""
    pasted = selecting.read(text, is_new=not old.messages)
    selecting.refuse_keys(pasted.content)
    if pasted.form not in {"markdown", "text"}:
        selecting.keep_files(db, pasted)
        return structs.replace(pasted.content, model=pasted.content.model or old.model)
    merged = selecting.rewritten(old, pasted.content)
    blank = not old.messages
    return structs.replace(merged, template=pasted.content.template) if blank else merged


def _changed_meanwhile(name: str, file: Path) -> ProofroomError:
    named = _quoted(name)
    return ProofroomError(
        f"The draft of {name} was changed while you edited it",
        where="this prompt",
        fix=f"Your text is kept in {file}. Look at the newer one (`proofroom prompt show "
        f"{_quoted(name + selecting.DRAFT)}`), then take yours over with "
        f"`proofroom prompt save {named} < {_quoted(str(file))}`.",
    )


@command.command("save", short_help="Keep a draft, or standard input, as a version.")
@click.argument("name", shell_complete=completing.prompt)
@click.option("--note", "-m", default="", help="What changed, and why.")
@click.option("--tag", multiple=True, help="A tag for the version; may be given again.")
@click.pass_obj
def save_prompt(chosen: Chosen, name: str, note: str, tag: tuple[str, ...]) -> None:
    """Keep the draft of NAME as a version; standard input, if any, becomes the draft first.

    \b
    Examples:
      proofroom prompt save greet -m "shorter" --tag good
      sed s/kind/brief/ greet.md | proofroom prompt save greet
    """
    given = typed.piped()
    with opened(chosen) as found:
        db = writable(found)
        prompt = prompts.by_name(db, name.removesuffix(selecting.DRAFT))
        draft = drafts.of_prompt(db, prompt.key)
        if given.strip():
            content = _merged(db, draft.content, given)
            draft = _keep(db, draft, content)
            if holding.living(draft.holder):
                say(f"The draft of {prompt.name} is open elsewhere too; it shows this text now.")
        if not draft.content.messages:
            raise ProofroomError(
                f"The draft of {prompt.name} is empty",
                where="this prompt",
                fix=f"Write it with `proofroom prompt edit {_quoted(prompt.name)}`.",
            )
        version = versions.save(db, prompt.key, note=note, revision=draft.revision)
        if tag:
            marks.set_tags(db, "version", version.key, tag)
    say(f"{prompt.name} {version.label} is saved.")


@command.command("log")
@click.argument("name", shell_complete=completing.prompt)
@output.json_option
@click.pass_obj
def show_log(chosen: Chosen, name: str, *, as_json: bool) -> None:
    """Show the versions of NAME, newest first.

    \b
    Example:
      proofroom prompt log greet
    """
    with opened(chosen) as found:
        db = found.connection
        prompt = prompts.by_name(db, name.removesuffix(selecting.DRAFT))
        rows = versions.of_prompt(db, prompt.key)
    if as_json:
        output.show_json(
            [
                {
                    "id": row.id,
                    "version": row.number,
                    "hash": row.hash,
                    "author": row.author,
                    "note": row.note,
                    "created_at": row.created_at,
                    "tags": row.tags.split(", ") if row.tags else [],
                }
                for row in rows
            ]
        )
        return
    table = [
        (row.label, output.when(row.created_at), row.author, row.tags, row.note) for row in rows
    ]
    empty = f"{prompt.name} has no version yet. `proofroom prompt save` keeps its draft as one."
    output.show_table(("Version", "Saved", "By", "Tags", "Note"), table, empty=empty)


@command.command("diff", short_help="Show what differs between two versions, word by word.")
@click.argument("old", shell_complete=completing.prompt)
@click.argument("new", required=False, shell_complete=completing.prompt)
@output.json_option
@click.pass_obj
def show_diff(chosen: Chosen, old: str, new: str | None, *, as_json: bool) -> None:
    """Show what differs between two versions, word by word; NEW is the draft if left out.

    \b
    Examples:
      proofroom prompt diff greet
      proofroom prompt diff greet@1 greet@2
    """
    with opened(chosen) as found:
        db = found.connection
        before = selecting.chosen_content(db, old)
        if new is None and not before.prompt:
            raise click.UsageError("Standard input has no draft; name what to compare it with.")
        after = selecting.chosen_content(db, new or f"{before.prompt}{selecting.DRAFT}")
    difference = content_diff.contents(before.content, after.content)
    if as_json:
        output.show_json(difference)
    elif difference.same:
        say(f"{before.name} and {after.name} are the same.")
    else:
        prompt_diff.show(before.name, after.name, difference)


def _quoted(text: str) -> str:
    """Return a word as a shell takes it."""
    return shlex.quote(text)
