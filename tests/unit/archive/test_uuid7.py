"""Entry ids: UUIDv7 by RFC 9562."""

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from archive.envelope import ID
from archive.ledger.ids import uuid7


def test_the_example_of_the_rfc() -> None:
    # RFC 9562, appendix A.6: unix_ts_ms 017F22E279B0, rand_a CC3, rand_b 18C4DC0C0C07398F
    random = (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert uuid7(0x017F22E279B0 * 1000, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, 2**48 * 1000 - 1), st.binary(min_size=10, max_size=10))
def test_every_id_is_a_uuid_of_version_seven(at: int, random: bytes) -> None:
    text = uuid7(at, random)
    parsed = UUID(text)
    assert ID.fullmatch(text) and parsed.version == 7 and parsed.variant == RFC_4122
    assert parsed.int >> 80 == at // 1000
