"""What every kind of stream has in common."""

import pytest

from archive.canonical import encode
from trading.kinds import DECIDERS


@pytest.mark.parametrize("kind", sorted(DECIDERS))
def test_a_stream_that_holds_nothing_projects_no_row(kind: str) -> None:
    assert list(DECIDERS[kind].rows(f"{kind}/x", DECIDERS[kind].initial)) == []


@pytest.mark.parametrize("kind", sorted(DECIDERS))
def test_a_kind_is_registered_under_its_own_name_and_its_state_has_canonical_bytes(kind: str) -> None:
    assert DECIDERS[kind].kind == kind
    assert encode(DECIDERS[kind].initial).startswith(b"{")
