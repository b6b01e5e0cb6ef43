from __future__ import annotations

from contextlib import closing

from proofroom.domain.message import text_of
from proofroom.workspace import database, drafts, inputs, integrity, prompts, sample, versions
from proofroom.workspace.opening import open_workspace


def test_the_sample_shows_two_ways_to_ask_the_embedded_model() -> None:
    with closing(open_workspace(sample.ensure_sample()).connection) as db:
        first, second = prompts.listed(db)
        saved = versions.of_prompt(db, first.key)
        contents = [versions.content(db, version) for version in saved]
        assert (first.name, first.edited, second.edited) == ("explain", 0, 1)
        assert [text_of(one.messages[0].parts) for one in contents] == [
            "Explain {{ topic }} to a ten-year-old, in two short sentences.",
            "Explain {{ topic }}.",
        ]
        assert {one.model for one in contents} == {"local/smollm2"}
        assert contents[0].options.body == {"repeat_penalty": 1.1}
        assert len(inputs.of_prompt(db, first.key)) == 3
        assert drafts.of_prompt(db, second.key).base_key is not None


def test_what_a_user_did_to_the_sample_stays() -> None:
    path = sample.ensure_sample()
    with closing(open_workspace(path).connection) as db:
        assert database.value(db, "SELECT kind FROM workspace") == "sample"
        prompts.archive(db, prompts.by_name(db, "explain").key)
    with closing(open_workspace(sample.ensure_sample()).connection) as db:
        assert [prompt.name for prompt in prompts.listed(db)] == ["explain-why"]
    assert integrity.verify(path).sound
    assert [file.name for file in path.parent.iterdir()] == [path.name]
