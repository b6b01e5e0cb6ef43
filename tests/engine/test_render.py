"""The renderer child: real processes, hostile templates, kills."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
import pytest_asyncio

from proofroom.domain.message import Message, text_message, text_of
from proofroom.domain.template import TemplateError
from proofroom.domain.version import Content, TemplateLanguage
from proofroom.engine.render import Job, Outcome, Renderer
from proofroom.errors import ProofroomError

FOREVER = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
HUGE = "{{ 'a' * 10**9 }}"
GUARD_S = 60.0


@pytest_asyncio.fixture
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer(os.environ, limit_s=1.0)
    async with asyncio.timeout(GUARD_S):
        yield renderer
        await renderer.close()
    assert children_now() == []


def children_now() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def job(text: str, language: TemplateLanguage = "jinja2", **values: Any) -> Job:  # noqa: ANN401
    return Job(Content(messages=(text_message("user", text),), template=language), values)


def text(outcome: Outcome) -> str:
    return text_of(outcome[0].parts) if isinstance(outcome, tuple) else f"! {outcome.what}"


async def texts(renderer: Renderer, *jobs: Job) -> list[str]:
    return [text(outcome) for outcome in await renderer.render(jobs)]


async def test_jobs_come_back_in_their_order(renderer: Renderer) -> None:
    jobs = [job("{{ n }}", n=n) if n % 3 else job("plain") for n in range(450)]
    made = await texts(renderer, *jobs)
    assert made == [str(n) if n % 3 else "plain" for n in range(450)]


async def test_plain_content_needs_no_child(renderer: Renderer) -> None:
    assert await texts(renderer, job("a {b}", "none"), job("a")) == ["a {b}", "a"]
    assert children_now() == []


async def test_an_endless_template_is_stopped_and_the_others_are_rendered(
    renderer: Renderer,
) -> None:
    made = await texts(
        renderer, job("{{ 1 }}"), job(FOREVER), job("{{ 2 }}"), job(FOREVER), job("{{ 3 }}")
    )
    assert made[::2] == ["1", "2", "3"]
    assert made[1] == made[3] == "! The template took too long (over 1 s)"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (HUGE, "memory"),
        ("{{ ['a'] * 10**8 }}", "memory"),
        ("{{ 'a' * (9 * 2**20) }}", "grew over 8192 KB"),
        ("{% for a in range(9999) %}{{ 'a' * 9999 }}{% endfor %}", "grew over 8192 KB"),
        ("{{ ().__class__.__base__.__subclasses__() }}", "not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested too deeply"),
    ],
)
async def test_a_hostile_template_is_a_fault_of_its_own(
    renderer: Renderer, template: str, words: str
) -> None:
    before, after, hostile = job("{{ 1 }}"), job("{{ 2 }}"), job(template)
    made = await texts(renderer, before, hostile, after)
    assert (made[0], made[2]) == ("1", "2")
    assert words in made[1]


async def test_a_fault_keeps_its_place(renderer: Renderer) -> None:
    content = Content(messages=(text_message("system", "a"), text_message("user", "\n{{ b }}")))
    [fault] = await renderer.render([Job(content, {})])
    assert isinstance(fault, TemplateError)
    assert (fault.message, fault.line) == (2, 2)
    assert fault.where == "message 2, line 2"


async def test_the_child_killed_from_outside_costs_no_job(renderer: Renderer) -> None:
    await renderer.warm()
    [child] = children_now()
    psutil.Process(child).kill()
    assert await texts(renderer, job("{{ 1 }}"), job("{{ 2 }}")) == ["1", "2"]
    working = asyncio.create_task(texts(renderer, *[job("{{ n }}", n=n) for n in range(2000)]))
    await asyncio.sleep(0)
    psutil.Process(children_now()[0]).kill()
    assert await working == [str(n) for n in range(2000)]


async def test_a_cancelled_request_leaves_nothing_for_the_next(renderer: Renderer) -> None:
    await renderer.warm()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(renderer.render([job("{{ 4 }}"), job(FOREVER)]), 0.1)
    assert await texts(renderer, job("{{ 5 }}")) == ["5"]


async def test_a_child_that_dies_of_one_job_is_not_asked_for_ever() -> None:
    code = "from proofroom.engine import render_child as c; import os; as_ever = c._reply\n"
    code += "c._reply = lambda a, values: os._exit(1) if 'die' in values else as_ever(a, values)\n"
    mortal = Renderer(os.environ, command=[sys.executable, "-c", code + "c.child_main()"])
    async with asyncio.timeout(GUARD_S):
        made = await texts(mortal, job("{{ 1 }}"), job("{{ 2 }}", die=1), job("{{ 3 }}"))
    assert made == ["1", "! The template brought its renderer down", "3"]
    await mortal.close()


async def test_half_an_answer_is_not_taken_for_the_next_one(renderer: Renderer) -> None:
    large = job("{{ a }}", a="ab" * 2_000_000)
    for milliseconds in range(0, 60, 4):
        await renderer.warm()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(renderer.render([large] * 3), milliseconds / 1000)
        assert await texts(renderer, job("{{ 5 }}")) == ["5"]


async def test_many_large_inputs_are_sent_a_few_at_a_time(renderer: Renderer) -> None:
    large = "ab" * 2_000_000
    assert await texts(renderer, *[job("{{ a|length }}", a=large)] * 100) == ["4000000"] * 100


async def test_requests_at_the_same_time_do_not_mix(renderer: Renderer) -> None:
    asked = [texts(renderer, *[job("{{ n }}", n=n)] * 300) for n in range(4)]
    assert await asyncio.gather(*asked) == [[str(n)] * 300 for n in range(4)]


async def test_large_and_odd_texts_come_through(renderer: Renderer) -> None:
    long = "ß\n" * 1_000_000
    made = await texts(
        renderer, job("{{ a }}", a=long), job("{{ a }}", a="x\ud800"), job("{{ a }}", a="\0")
    )
    assert made == [long, "x\ufffd", "\0"]


async def test_messages_of_an_input_come_back_as_messages(renderer: Renderer) -> None:
    content = Content(messages=(Message(role="user", parts=()),), template="none")
    assert await renderer.render([Job(content, {})]) == [content.messages]


async def test_a_renderer_that_cannot_start_says_so() -> None:
    for command in (["/nonexistent/renderer"], [sys.executable, "-c", "print('no')"]):
        renderer = Renderer(os.environ, command=command)
        with pytest.raises(ProofroomError, match="did not start"):
            await renderer.render([job("{{ 1 }}")])
        await renderer.close()


async def test_the_engine_spends_little_on_each_small_template(renderer: Renderer) -> None:
    await renderer.warm()
    content = Content(messages=(text_message("user", "Explain {{ topic }}."),))
    jobs = [Job(content, {"topic": f"topic {n}"}) for n in range(1000)]
    before = time.process_time()
    await renderer.render(jobs)
    print(f"{time.process_time() - before:.3f} ms CPU each")  # noqa: T201 - for a reader with -s
