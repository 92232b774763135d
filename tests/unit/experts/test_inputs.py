"""Where a seed comes from: the VRF, the beacon, hex; what malformed input says."""

import sys

import pytest

from archive.errors import Invalid, Missing
from archive.values import SECOND
from experts import vrf
from experts.beacon import GENESIS, PERIOD, QUICKNET, first_round
from experts.draw import composed
from experts.encoding import hexed
from experts.snapshot import parse, take
from tests.unit.experts import cast

SECRET = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
ALPHA = bytes.fromhex("af82")


def test_a_vrf_proof_gives_the_output_of_its_input_and_key_alone() -> None:
    public = vrf.public_key(SECRET)
    pi, beta = vrf.prove(SECRET, ALPHA)
    assert public.hex() == "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
    assert vrf.verify(public, ALPHA, pi) == beta
    for wrong in (
        (public, b"other", pi),
        (vrf.public_key(bytes(32)), ALPHA, pi),
        (public, ALPHA, pi[:-1]),
        (public[:-1], ALPHA, pi),
    ):
        with pytest.raises(Invalid, match=r"draw\.vrf"):
            vrf.verify(*wrong)


def test_every_flipped_bit_of_a_vrf_proof_is_noticed() -> None:
    public, (pi, _) = vrf.public_key(SECRET), vrf.prove(SECRET, ALPHA)
    for byte in range(0, 80, 7):
        broken = bytearray(pi)
        broken[byte] ^= 1
        with pytest.raises(Invalid, match=r"draw\.vrf"):
            vrf.verify(public, ALPHA, bytes(broken))


def test_a_response_not_below_the_order_is_no_proof() -> None:
    public, (pi, _) = vrf.public_key(SECRET), vrf.prove(SECRET, ALPHA)
    s = int.from_bytes(pi[48:], "little") + vrf.ORDER
    with pytest.raises(Invalid, match=r"draw\.vrf"):
        vrf.verify(public, ALPHA, pi[:48] + s.to_bytes(32, "little"))


def test_keys_of_small_order_are_no_keys() -> None:
    pi, _ = vrf.prove(SECRET, ALPHA)
    for y in (1, vrf.P - 1, 0):
        with pytest.raises(Invalid, match=r"draw\.vrf"):
            vrf.verify(y.to_bytes(32, "little"), ALPHA, pi)


def test_points_have_one_encoding() -> None:
    pi, _ = vrf.prove(SECRET, ALPHA)
    for text in ((vrf.P + 1).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little"), (2).to_bytes(32, "little")):
        with pytest.raises(Invalid, match=r"draw\.vrf"):
            vrf.verify(text, ALPHA, pi)


def test_a_secret_has_32_bytes() -> None:
    with pytest.raises(Invalid, match=r"draw\.vrf"):
        vrf.prove(b"short", ALPHA)


@pytest.mark.parametrize(
    ("round_", "signature"),
    [
        (cast.ROUND + 1, cast.SIGNATURE),
        (0, cast.SIGNATURE),
        (cast.ROUND, cast.SIGNATURE[:-2] + "00"),
        (cast.ROUND, "zz" * 48),
        (cast.ROUND, cast.SIGNATURE.upper()),
        (cast.ROUND, ""),
    ],
)
def test_a_signature_that_is_not_the_rounds_is_forged(round_: int, signature: str) -> None:
    with pytest.raises(Invalid, match=r"draw\.beacon\.forged"):
        QUICKNET.value(round_, signature)


def test_without_the_verifying_package_no_beacon_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "drand_verify", None)
    with pytest.raises(Missing, match=r"draw\.beacon\.verifier"):
        QUICKNET.value(cast.ROUND, cast.SIGNATURE)


def test_the_first_round_after_a_moment_appears_then_or_within_a_period() -> None:
    for after in (GENESIS - 1, GENESIS, GENESIS + 1, cast.BEACON_AT, cast.BEACON_AT + 1, cast.BEACON_AT - 3 * SECOND + 1):
        found = first_round(after)
        assert QUICKNET.time(found) >= after
        assert found == 1 or QUICKNET.time(found) - PERIOD < after


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "AB" * 32, "0x" + "00" * 31, "00" * 33])
def test_a_digest_is_64_lower_case_hex_digits(text: str) -> None:
    with pytest.raises(Invalid, match=r"draw\.hex"):
        hexed(text)


def test_a_record_file_that_is_none_is_refused() -> None:
    good = cast.file_of(take(cast.pool(3), cast.K_SNAP))[1]
    (raw,) = good.values()
    for broken in (b"{}\n", raw[:-5], raw.replace(b'"load":0', b'"load":-1'), raw.replace(b'"v":1', b'"v":1,"x":2')):
        with pytest.raises(Invalid, match=r"draw\.snapshot\.file"):
            parse(broken)
    with pytest.raises(Invalid, match=r"draw\.hex"):
        parse(raw.replace(b'"salt":"', b'"salt":"0'))


def test_numbers_that_are_no_composition_are_refused() -> None:
    for size, representatives in ((5, 6), (5, -1)):
        with pytest.raises(Invalid, match=r"draw\.composition"):
            composed(size, representatives, 5)


@pytest.mark.parametrize("k", [0, 1, 2, vrf.ORDER - 1, 2**254 + 8, 12345678901234567890])
@pytest.mark.parametrize("blind", [0, 1, 2**128 - 1])
def test_a_blinded_ladder_gives_the_same_point_as_plain_doubling_and_adding(k: int, blind: int) -> None:
    base = vrf._decode(bytes([0x58, *[0x66] * 31]))
    assert base is not None
    assert vrf._encode(vrf._ladder(k, base, blind)) == vrf._encode(vrf._times(k, base))


def test_the_ladder_takes_as_many_additions_for_every_scalar(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    add = vrf._add
    base = vrf._decode(bytes([0x58, *[0x66] * 31]))
    assert base is not None
    for k in (0, 1, vrf.ORDER - 1):
        seen: list[int] = []

        def counted(a: vrf.Point, b: vrf.Point, seen: list[int] = seen) -> vrf.Point:
            seen.append(1)
            return add(a, b)

        monkeypatch.setattr(vrf, "_add", counted)
        vrf._ladder(k, base, 7)
        counts.append(len(seen))
    assert len(set(counts)) == 1
