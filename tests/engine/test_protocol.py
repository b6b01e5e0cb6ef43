"""Lines of the wire, however they are cut, and messages as they come back."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.engine import protocol

LINE = st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line)


@given(lines=st.lists(LINE, max_size=8), cuts=st.lists(st.integers(0, 400), max_size=12))
def test_lines_come_whole_wherever_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in lines) + b"half"
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = protocol.Lines()
    found = [
        line for start, end in itertools.pairwise(places) for line in reader.feed(data[start:end])
    ]
    assert found == lines
    assert reader.feed(b" line\n") == [b"half line"]


def test_a_line_over_the_limit_is_dropped_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "MESSAGE_LIMIT", 100)
    reader = protocol.Lines()
    assert reader.feed(b"a" * 101) == []
    assert reader.feed(b"the rest of it") == []
    assert reader.feed(b" and its end\nnext\n") == [b"next"]
    assert reader.dropped == 1


def test_every_request_has_its_method_and_every_answer_its_form() -> None:
    for method, kind in protocol.REQUESTS.items():
        fields = msgspec.structs.fields(kind)
        if any(field.required for field in fields):
            continue
        envelope = protocol.parsed(protocol.request(7, kind()))
        assert (envelope.id, envelope.method) == (7, method)
    assert set(protocol.ANSWERS) <= set(protocol.REQUESTS)


def test_a_start_never_shows_its_keys() -> None:
    start = protocol.StartRun(
        press_id="p", workspace="w", comparison_key=3, api_keys={"lab": "a-secret-key"}
    )
    assert "a-secret-key" not in f"{start!r} {start}"
