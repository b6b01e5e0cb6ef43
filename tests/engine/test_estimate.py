"""What a press of Run would take, worked out by hand, and asked of a real workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab
from tests.workspace.making import attempt_end, begun, run_end

from proofroom.domain.comparison import Estimate
from proofroom.domain.message import text_message
from proofroom.domain.run import Status
from proofroom.domain.usage import PriceRow
from proofroom.domain.version import Content, Settings
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace import attempts, comparisons, database, providers, runs

GPT = "openai/gpt-4o"
# nano-USD per million tokens: 2.5 USD in, 10 USD out
PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=2_500_000_000),
    PriceRow(bucket="output", nano_usd_per_million=10_000_000_000),
)
SAY = text_message("user", "Say {{ x }}")
# 3 for the answer's start, 3 for a message, 1 for its role, 2 for "Say one"
ASKED = 9


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(lambda _: None)
    yield engine
    await engine.close()


def priced(lab: Lab, provider: str = "openai", *names: str, concurrency: int = 4) -> None:
    lab.provider(provider, "http://127.0.0.1:1/v1", concurrency=concurrency)
    offers = [
        providers.Offer(name=name, window=None, prices=PRICES, source="catalogue")
        for name in names or ("gpt-4o",)
    ]
    providers.offer(lab.db, provider, offers)


async def asked(
    engine: Engine, lab: Lab, made: comparisons.ComparisonSummary, **fields: object
) -> Estimate:
    request = protocol.EstimateRun(workspace=str(lab.path), comparison_key=made.key)
    return await engine.estimate(structs.replace(request, **fields))


async def test_an_estimate_is_the_sum_of_its_calls(lab: Lab, engine: Engine) -> None:
    priced(lab)
    made = lab.comparison([GPT], ["one", "two", "six"], samples=2)
    found = await asked(engine, lab, made)
    # 9 x 2.5 + 300 x 10 = 3022.5 micro-USD a call, 6 of them
    assert found == Estimate(
        calls=6,
        paid_calls=6,
        tokens_in=6 * ASKED,
        tokens_out=6 * 300,
        nano_usd=6 * 3_022_500,
        unknown_cost=0,
        seconds=6 * 4.0 / 4,
        exact=True,
    )


async def test_a_limit_of_tokens_makes_a_call_cheaper_and_never_dearer(
    lab: Lab, engine: Engine
) -> None:
    priced(lab)
    for limit, answer in ((50, 50), (5000, 300)):
        content = Content(messages=(SAY,), settings=Settings(max_tokens=limit))
        found = await asked(engine, lab, lab.comparison([GPT], content=content))
        # 9 x 2.5 micro-USD and 10 for each token of the answer
        assert (found.tokens_out, found.nano_usd) == (answer, 22_500 + answer * 10_000)


async def test_free_and_unpriced_calls_are_counted_apart(lab: Lab, engine: Engine) -> None:
    priced(lab)
    lab.provider("lab", "http://127.0.0.1:1/v1")
    free = tuple(structs.replace(row, nano_usd_per_million=0) for row in PRICES)
    providers.offer(
        lab.db, "lab", [providers.Offer(name="free", window=None, prices=free, source="x")]
    )
    made = lab.comparison([GPT, "lab/free", "lab/unpriced"], ["one", "two"])
    found = await asked(engine, lab, made)
    assert (found.calls, found.paid_calls, found.unknown_cost) == (6, 4, 2)
    assert found.nano_usd == 2 * 3_022_500
    assert not found.exact  # nobody knows how these models count


async def test_only_the_cells_and_samples_that_are_asked_for_count(
    lab: Lab, engine: Engine
) -> None:
    priced(lab)
    made = lab.comparison([GPT, "openai/gpt-4o-mini"], ["one", "two"], samples=3)
    row, column = comparisons.rows(lab.db, made.key)[1], comparisons.columns(lab.db, made.key)[0]
    found = await asked(engine, lab, made, cells=((row.key, column.key),), samples=2)
    assert (found.calls, found.tokens_in, found.unknown_cost) == (2, 2 * ASKED, 0)
    nothing = await asked(engine, lab, made, cells=())
    assert (nothing.calls, nothing.seconds, nothing.exact) == (0, None, True)


async def test_a_large_matrix_is_judged_by_cells_from_all_its_rows(
    lab: Lab, engine: Engine
) -> None:
    priced(lab)
    # 9 tokens in the first half and 12 in the second: 10.5 in the mean
    values = ["one"] * 50 + ["one a a a"] * 50
    made = lab.comparison([GPT], values)
    found = await asked(engine, lab, made)
    assert (found.calls, found.exact) == (100, False)
    assert found.tokens_in == 1050  # rounded once, and not the mean before


async def test_a_template_that_cannot_be_filled_in_is_no_reason_not_to_estimate(
    lab: Lab, engine: Engine
) -> None:
    priced(lab)
    content = Content(messages=(text_message("user", "{{ 1 // x }}"),))
    found = await asked(engine, lab, lab.comparison([GPT], ["one", "two"], content=content))
    assert (found.calls, found.tokens_in, found.exact) == (2, 0, False)


async def test_the_slowest_provider_says_how_long_it_takes(lab: Lab, engine: Engine) -> None:
    priced(lab, "openai", "gpt-4o", concurrency=8)
    priced(lab, "lab", "a", "b", concurrency=1)
    made = lab.comparison([GPT, "lab/a", "lab/b"], ["one", "two"])
    # lab: 2 models x 2 rows x 4 s, one after the other; openai beside it
    assert (await asked(engine, lab, made)).seconds == 16.0
    one = lab.comparison([GPT])
    assert (await asked(engine, lab, one)).seconds == 4.0  # no call is shorter than itself


def made_before(lab: Lab, model: str, *latencies_s: float, status: Status = "ok") -> None:
    key = providers.ask_for(lab.db, model).key
    for latency in latencies_s:
        one = begun(lab.db, model_key=key)
        end = run_end(one, latency_us=round(latency * 1_000_000), status=status)
        with database.writing(lab.db):
            attempts.end(lab.db, [attempt_end(one, status=status)])
            runs.end(lab.db, [end])


async def test_time_is_worked_out_from_what_each_model_took_and_how_many_are_asked_at_once(
    lab: Lab, engine: Engine
) -> None:
    lab.provider("local", "", adapter="embedded")
    providers.offer(lab.db, "local", [providers.Offer(name="smollm2")])
    lab.provider("lab", "http://127.0.0.1:1/v1", concurrency=2)
    lab.provider("slow", "http://127.0.0.1:1/v1", concurrency=8)
    made_before(lab, "lab/a", 1.0, 3.0)
    made_before(lab, "lab/b", 6.0)
    made_before(lab, "lab/b", 600.0, status="failed")  # says nothing of how long an answer takes
    made_before(lab, "slow/c", 40.0)
    rows = ["one", "two", "six", "ten", "red"]
    # lab: 5 rows x 2 samples x (2 s + 6 s), 2 at once: 40 s; slow: 10 x 40 s, 8 at once: 50 s
    both = lab.comparison(["lab/a", "lab/b", "slow/c"], rows, samples=2)
    assert (await asked(engine, lab, both)).seconds == 50.0
    assert (await asked(engine, lab, both, samples=1)).seconds == 40.0  # one call of the slow one
    alone = lab.comparison(["lab/a", "lab/b"], rows, samples=2)
    assert (await asked(engine, lab, alone)).seconds == 40.0
    first = comparisons.columns(lab.db, alone.key)[0].key
    cells = tuple((row.key, first) for row in comparisons.rows(lab.db, alone.key)[:3])
    assert (await asked(engine, lab, alone, cells=cells, samples=1)).seconds == 3.0
    unknown = lab.comparison(["lab/new"], rows, samples=2)
    assert (await asked(engine, lab, unknown)).seconds == 20.0  # 10 x 4 s, 2 at once


async def test_runs_that_were_made_say_how_long_a_call_takes(
    lab: Lab, server: FaultServer, engine: Engine
) -> None:
    lab.provider("lab", server.url("ok"), concurrency=1)
    made = lab.comparison(["lab/a"])
    await lab.run(made)
    found = (await asked(engine, lab, made)).seconds
    assert found is not None
    assert 0 < found < 4.0


async def test_a_content_is_counted_message_by_message(lab: Lab, engine: Engine) -> None:
    priced(lab)
    content = Content(messages=(text_message("system", "Be brief."), SAY), model=GPT)
    request = protocol.CountTokens(workspace=str(lab.path), content=content, values={"x": "one"})
    found = await engine.count(request)
    # 3 + 3 + 1 + 3 for "Be brief." and 9 for the other; both together begin one answer: 16
    assert (found.messages, found.tokens, found.exact) == ((10, ASKED), 16, True)
    # (16 x 2.5 + 300 x 10) micro-USD x 1000
    assert (found.tokens_out, found.nano_usd_per_1000) == (300, 3_040_000_000)
    empty = await engine.count(structs.replace(request, values={}))
    assert (empty.tokens > 16, empty.exact) == (True, False)  # counted as it is written


async def test_a_content_for_nobody_is_counted_without_a_price(lab: Lab, engine: Engine) -> None:
    for model in ("", "nobody/gpt-4o", "no slash"):
        content = Content(messages=(text_message("user", "Say one"),), model=model)
        found = await engine.count(protocol.CountTokens(workspace=str(lab.path), content=content))
        assert (found.tokens, found.nano_usd_per_1000, found.exact) == (ASKED, None, False)


async def test_a_press_counts_no_tokens_where_all_is_free(lab: Lab, engine: Engine) -> None:
    priced(lab)
    lab.provider("local", "", adapter="embedded")
    nothing = tuple(structs.replace(row, nano_usd_per_million=0) for row in PRICES)
    offer = providers.Offer(name="smollm2", window=None, prices=nothing, source="catalogue")
    providers.offer(lab.db, "local", [offer])
    free, mixed = lab.comparison(["local/smollm2"]), lab.comparison(["local/smollm2", GPT])
    found = await asked(engine, lab, free, money_only=True)
    assert (found.calls, found.paid_calls, found.tokens_in, found.nano_usd) == (1, 0, 0, 0)
    assert await asked(engine, lab, mixed, money_only=True) == await asked(engine, lab, mixed)
    assert (await asked(engine, lab, free)).tokens_in == ASKED
