"""`proofroom prompt`: write, save, list and compare prompts."""

from __future__ import annotations

import sys

import click

from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.cli.selecting import DRAFT, chosen_content, from_text, spoken
from proofroom.domain import content_diff
from proofroom.domain.version import Content, encoded
from proofroom.errors import ProofroomError
from proofroom.redact import looks_like_key
from proofroom.workspace import drafts, marks, prompts, versions


@click.group("prompt")
def command() -> None:
    """Write, save, list and compare prompts.

    PROMPT alone is the latest version; PROMPT@3 a version, PROMPT@draft the draft, PROMPT@TAG the
    version with that tag.
    """


@command.command("new")
@click.argument("name")
@click.option("--model", default="", help="The model it asks, as PROVIDER/MODEL.")
@click.pass_obj
def new_prompt(chosen: Chosen, name: str, model: str) -> None:
    """Make the prompt NAME from standard input: text, Markdown, a request or a curl command.

    At a terminal it begins empty; `proofroom prompt edit NAME` fills it.
    """
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    content = from_text(given, model=model) if given.strip() else Content(model=model)
    with opened(chosen) as found:
        made = prompts.create(writable(found), name, content)
    say(f"{made.name} is made; its draft has {output.plural(len(content.messages), 'message')}.")


@command.command("list")
@click.option("--query", default="", help="Words in names or messages.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--archived", is_flag=True, help="The archived ones.")
@output.json_option
@click.pass_obj
def list_prompts(chosen: Chosen, query: str, tag: str, *, archived: bool, as_json: bool) -> None:
    """Show the prompts, the latest changed first."""
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
    output.show_table(("Prompt", "Version", "Draft", "Tags", "Changed"), table)


@command.command("show")
@click.argument("prompt")
@output.json_option
@click.pass_obj
def show_prompt(chosen: Chosen, prompt: str, *, as_json: bool) -> None:
    """Print a version of PROMPT as Markdown, or as JSON."""
    with opened(chosen) as found:
        selected = chosen_content(found.connection, prompt)
    if as_json:
        click.echo(encoded(selected.content))
    else:
        click.echo(spoken(selected.content))


@command.command("edit")
@click.argument("name")
@click.pass_obj
def edit_prompt(chosen: Chosen, name: str) -> None:
    """Open the draft of NAME in $EDITOR as Markdown and keep what you save."""
    with opened(chosen) as found:
        db = writable(found)
        prompt = prompts.by_name(db, name.removesuffix(DRAFT))
        draft = drafts.of_prompt(db, prompt.key)
        text = click.edit(spoken(draft.content), extension=".md", require_save=True)
        if text is None:
            say("Nothing was changed.")
            return
        _warn_of_keys(text)
        content = from_text(text, like=draft.content)
        drafts.save(db, prompt.key, content, revision=draft.revision)
    say(f"The draft of {prompt.name} is kept. Save it with `proofroom prompt save {prompt.name}`.")


@command.command("save")
@click.argument("name")
@click.option("--note", "-m", default="", help="What changed, and why.")
@click.option("--tag", multiple=True, help="A tag for the version.")
@click.pass_obj
def save_prompt(chosen: Chosen, name: str, note: str, tag: tuple[str, ...]) -> None:
    """Keep the draft of NAME as a version; standard input, if any, becomes the draft first."""
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    with opened(chosen) as found:
        db = writable(found)
        prompt = prompts.by_name(db, name.removesuffix(DRAFT))
        draft = drafts.of_prompt(db, prompt.key)
        if given.strip():
            _warn_of_keys(given)
            content = from_text(given, like=draft.content)
            draft = drafts.save(db, prompt.key, content, revision=draft.revision)
        version = versions.save(db, prompt.key, note=note, revision=draft.revision)
        if tag:
            marks.set_tags(db, "version", version.key, tag)
    say(f"{prompt.name} {version.label} is saved.")


@command.command("log")
@click.argument("name")
@output.json_option
@click.pass_obj
def show_log(chosen: Chosen, name: str, *, as_json: bool) -> None:
    """Show the versions of NAME, newest first."""
    with opened(chosen) as found:
        db = found.connection
        prompt = prompts.by_name(db, name)
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
    output.show_table(("Version", "Saved", "By", "Tags", "Note"), table)


@command.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@output.json_option
@click.pass_obj
def show_diff(chosen: Chosen, old: str, new: str | None, *, as_json: bool) -> None:
    """Show what differs between two versions, word by word; NEW is the draft if left out."""
    with opened(chosen) as found:
        db = found.connection
        before = chosen_content(db, old)
        after = chosen_content(db, new or f"{before.prompt}{DRAFT}")
    difference = content_diff.contents(before.content, after.content)
    if as_json:
        output.show_json(difference)
        return
    if difference.same:
        say(f"{before.label} and {after.label} are the same.")
    for message in difference.messages:
        if message.kind != "same":
            runs = "".join(_marked(run.op, run.text) for run in message.runs)
            click.echo(f"{message.role}: {runs}")
    for field in difference.fields:
        click.echo(
            f"{field.group} {field.name}: {field.old or 'not set'} → {field.new or 'not set'}"
        )


def _marked(op: str, text: str) -> str:
    if op == "=":
        return text
    if sys.stdout.isatty():
        colour = "green" if op == "+" else "red"
        return click.style(text, fg=colour, strikethrough=op == "-", underline=op == "+")
    return f"{{+{text}+}}" if op == "+" else f"[-{text}-]"


def _warn_of_keys(text: str) -> None:
    whose = looks_like_key(text)
    if whose is not None:
        if sys.stdin.isatty():
            click.confirm(
                f"This text seems to hold a key ({whose}). Keep it?", abort=True, err=True
            )
            return
        raise ProofroomError(
            f"The text seems to hold a key ({whose})",
            where="standard input",
            fix="Take it out; keys belong in the keychain (`proofroom keys set`).",
        )
