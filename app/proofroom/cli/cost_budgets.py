"""`proofroom cost budget`: limits of money for a day, a week or a month."""

from __future__ import annotations

import sqlite3

import click

from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import budget, figures, period
from proofroom.domain.budget import EVERY, SCOPES, Every, Scope, Standing
from proofroom.errors import ProofroomError
from proofroom.workspace import budget_state, budgets
from proofroom.workspace.budgets import NewBudget

_every = click.option(
    "--per", "every", type=click.Choice(EVERY), default="month", show_default=True,
    help="The period, in local time.",
)  # fmt: skip
_STATES = {"ok": "", "warn": "near its limit", "over": "used up"}


@click.group("budget", short_help="Limits that warn, and stop new calls.")
def command() -> None:
    """Set limits for a day, a week or a month; calls that do not fit are not sent.

    SCOPE is all, provider:NAME, prompt:NAME or source:NAME (draft, comparison, cli).

    \b
    Examples:
      proofroom cost budget set all 40 --per month
      proofroom cost budget set prompt:greet 0.50 --per day --warn 90
      proofroom cost budget list
      proofroom cost budget remove all --per month
    """


@command.command("list", short_help="Show the budgets and what is left of them.")
@output.json_option
@click.pass_obj
def list_budgets(chosen: Chosen, *, as_json: bool) -> None:
    """Show each budget with what is spent and held in its present period.

    Held is what calls under way may cost.

    \b
    Example:
      proofroom cost budget list --json
    """
    with opened(chosen) as found:
        standings = budget_state.standings(found.connection, budget_state.today())
    if as_json:
        output.show_json([_builtins(one) for one in standings])
        return
    rows = [
        (
            one.budget.address,
            one.budget.every,
            figures.money(one.spent),
            figures.money(one.held) if one.held else "",
            figures.money(one.budget.limit_nano_usd),
            figures.percent(one.share).replace(figures.NBSP, " "),
            one.ends.replace(figures.NBSP, " "),
            _STATES[one.state],
        )
        for one in standings
    ]
    heads = ("Scope", "Per", "Spent", "Held", "Limit", "Used", "Begins anew", "State")
    output.show_table(
        heads, rows, right="Spent,Held,Limit,Used",
        empty="No budgets. `proofroom cost budget set all 40` makes one.",
    )  # fmt: skip


def _builtins(one: Standing) -> dict[str, object]:
    span = one.span
    return {
        "id": one.budget.id,
        "scope": one.budget.address,
        "per": one.budget.every,
        "from": str(period.date_of(span.first)),
        "to": str(period.date_of(span.last)),
        "limit_nano_usd": one.budget.limit_nano_usd,
        "spent_nano_usd": one.spent,
        "held_nano_usd": one.held,
        "left_nano_usd": one.left,
        "warn_share": one.budget.warn_share,
        "state": one.state,
    }


@command.command("set", short_help="Set a budget, or give one another limit.")
@click.argument("scope")
@click.argument("limit", metavar="USD")
@_every
@click.option(
    "--warn", type=click.FloatRange(1, 100), metavar="PERCENT",
    help="Warn from this share of the limit on; else 80, or as it was.",
)  # fmt: skip
@click.pass_obj
def set_budget(chosen: Chosen, scope: str, limit: str, *, every: Every, warn: float | None) -> None:
    """Limit what SCOPE may cost in a period to USD; what was spent in it before counts.

    \b
    Examples:
      proofroom cost budget set all 5 --per day
      proofroom cost budget set provider:openai 100 --per month --warn 50
    """
    kind, name = _scope(scope)
    nano = _nano(limit)
    share = None if warn is None else warn / 100
    with opened(chosen) as found:
        db = writable(found)
        there = budgets.find(db, kind, name, every)
        if there is None:
            new = NewBudget(
                scope=kind, name=name, every=every, limit_nano_usd=nano,
                warn_share=budget.WARN_SHARE if share is None else share,
            )  # fmt: skip
            one = budgets.add(db, new)
        else:
            one = budgets.change(db, there.key, nano, there.warn_share if share is None else share)
        _say(_standing(db, one.key))


def _say(one: Standing) -> None:
    warns = figures.percent(one.budget.warn_share).replace(figures.NBSP, " ")
    words = f"{one.budget.title}: {budget.spent_words(one)}. It warns at {warns}"
    stops = "New calls are stopped" if one.state == "over" else "New calls stop at the limit"
    say(f"{words}. {stops}; it begins anew {one.ends.replace(figures.NBSP, ' ')}.")


def _standing(db: sqlite3.Connection, key: int) -> Standing:
    standings = budget_state.standings(db, budget_state.today())
    return next(one for one in standings if one.budget.key == key)


@command.command("remove", short_help="Remove a budget.")
@click.argument("scope")
@_every
@click.pass_obj
def remove_budget(chosen: Chosen, scope: str, *, every: Every) -> None:
    """Remove the budget of SCOPE for a period; setting it again brings one back.

    \b
    Example:
      proofroom cost budget remove prompt:greet --per day
    """
    kind, name = _scope(scope)
    with opened(chosen) as found:
        db = writable(found)
        there = budgets.find(db, kind, name, every)
        if there is None:
            raise ProofroomError(
                f"There is no budget of {scope} for a {every}",
                where="the budgets",
                fix="See `proofroom cost budget list`.",
            )
        budgets.archive(db, there.key)
    say(f"{there.title}: removed. Its limit was {figures.money(there.limit_nano_usd)}.")


def _scope(text: str) -> tuple[Scope, str]:
    kind, _, name = text.partition(":")
    scopes: dict[str, Scope] = {one: one for one in SCOPES}
    found = scopes.get(kind)
    if found is None or bool(name) == (found == "all"):
        raise click.UsageError(
            f"“{text}” is no scope; write all, provider:NAME, prompt:NAME or source:NAME."
        )
    return found, name


def _nano(text: str) -> int:
    """Return dollars as nano-USD, whole."""
    nano = budget.nano_of(text)
    if nano is None:
        raise click.UsageError(f"“{text}” is no amount; write US dollars, such as 40 or 0.50.")
    return nano
