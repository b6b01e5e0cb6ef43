"""`proofroom models price`: the user's own prices over those of the catalogue, dated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from proofroom import clock
from proofroom.cli import completing, output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import model
from proofroom.domain.usage import BUCKETS, Bucket, PriceRow
from proofroom.workspace import prices, providers


class _Usd(click.ParamType[int]):
    """A price in USD for a million tokens, as nano-USD."""

    name = "USD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return nano-USD; a price that is none is wrong usage."""
        if isinstance(value, int):
            return value
        try:
            return model.nano_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


_USD = _Usd()
_OWN = {model.OWN: "your own", model.OWN_ENDED: "your own, removed"}


@click.command("price", short_help="Set your own prices of a model, or remove them.")
@click.argument("name", metavar="PROVIDER/MODEL", shell_complete=completing.model)
@click.option("--input", "input_", type=_USD, help="USD for a million tokens of input.")
@click.option("--output", "output_", type=_USD, help="USD for a million tokens of output.")
@click.option("--cached", type=_USD, help="Of input that is read from a cache.")
@click.option("--cache-write", type=_USD, help="Of input that is written to a cache for 5 minutes.")
@click.option("--reasoning", type=_USD, help="Of reasoning, where it is not priced as output.")
@click.option(
    "--from", "since", type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The first day they hold; else from now on.",
)  # fmt: skip
@click.option("--remove", is_flag=True, help="End your prices: those of the catalogue hold again.")
@click.pass_obj
def price(  # noqa: PLR0913 - an option for each bucket
    chosen: Chosen, name: str, *, input_: int | None, output_: int | None, cached: int | None,
    cache_write: int | None, reasoning: int | None, since: datetime | None, remove: bool,
) -> None:  # fmt: skip
    """Set your own prices of a model, in USD for a million tokens; what is not named stays.

    Runs from then on are reckoned with them. Runs before keep the price that they had.

    \b
    Examples:
      proofroom models price openai/gpt-4o-mini --input 0.12 --output 0.48
      proofroom models price openai/gpt-4o-mini --input 0.10 --from 2027-01-01
      proofroom models price openai/gpt-4o-mini --remove
    """
    given: dict[Bucket, int | None] = {
        "input": input_,
        "output": output_,
        "cache_read": cached,
        "cache_write_5m": cache_write,
        "reasoning": reasoning,
    }
    own: dict[Bucket, int] = {bucket: nano for bucket, nano in given.items() if nano is not None}
    if remove and (own or since):
        raise click.UsageError("--remove ends all your prices of a model: give nothing beside it.")
    if not remove and not own:
        raise click.UsageError("Give a price, such as --input 2.50 --output 10, or --remove.")
    with opened(chosen) as found:
        db = writable(found)
        key = providers.model(db, name).key
        if remove:
            ended = prices.remove_own(db, key, at=clock.now())
            says = "end now" if ended else "are none, so nothing changed"
            say(f"Your own prices of {name} {says}.")
        else:
            at = clock.now() if since is None else int(since.astimezone().timestamp()) * 1_000_000
            prices.set_own(db, key, own, valid_from=at)
            begin = "from now on" if since is None else f"from {since.date()} on"
            say(f"Your own prices of {name} hold {begin}. Runs before keep theirs.")
        held = prices.of_model(db, key, clock.now())
    show(held, empty="No price holds now.")


def show(rows: Sequence[PriceRow], *, empty: str) -> None:
    """Print price rows with where each is from and since when it holds, or is ended."""
    ordered = sorted(rows, key=lambda row: (row.tier, BUCKETS.index(row.bucket), row.threshold))
    table = [
        (
            model.BUCKET_WORDS[row.bucket]
            + (f", {row.tier}" if row.tier else "")
            + _above(row.threshold),
            "" if row.source == model.OWN_ENDED else model.usd_of(row.nano_usd_per_million),
            str(clock.local(row.valid_from).date()) if row.valid_from else "",
            _OWN.get(row.source, row.source),
        )
        for row in ordered
    ]
    heads = ("Price", "USD per million tokens", "Since", "Source")
    output.show_table(heads, table, right="USD per million tokens", empty=empty)


def _above(threshold: int) -> str:
    return f", from {threshold:,} tokens of input on" if threshold else ""
