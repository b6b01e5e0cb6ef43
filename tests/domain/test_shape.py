from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from proofroom.domain import shape
from proofroom.domain.message import text_message
from proofroom.domain.version import Content


def test_threads_that_read_a_type_for_the_first_time_at_once_live() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.shape_child"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_is_read_is_what_was_written() -> None:
    content = Content(messages=(text_message("user", "Hi"),))
    assert shape.decoded(msgspec.json.encode(content), Content) == content
    assert shape.converted(msgspec.to_builtins(content), Content) == content


@pytest.mark.parametrize("data", ['{"messages": 1}', '{"messages": [{"role": 1}]}'])
def test_what_does_not_fit_is_refused(data: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        shape.decoded(data, Content)
    with pytest.raises(msgspec.ValidationError):
        shape.converted(msgspec.json.decode(data), Content)
