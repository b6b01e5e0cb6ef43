from __future__ import annotations

import pytest

from proofroom.errors import ProofroomError


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = ProofroomError("The file is damaged", where="a.proofspace", fix="Open a backup.")
    assert str(error) == "The file is damaged in a.proofspace. Open a backup."
    assert (error.what, error.where, error.fix) == (
        "The file is damaged",
        "a.proofspace",
        "Open a backup.",
    )
    with pytest.raises(ProofroomError) as caught:
        raise error
    assert caught.value.exit_code == 1
