"""Body 0 and body 1: the form that is read, who signed it, and all that turns a verdict into malformed(bidder)."""

import hashlib
import io
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from archive.values import DAY, Money
from bidding import sealing
from bidding.index import UNIT, Attachments, FileLine, Index, encode_index, make_index, padme, read_index, signed_digest
from bidding.sealing import certificates, signing
from tests.unit.bidding import parties
from tests.unit.bidding.parties import Bidder, random

NAME, CODE = "滨海建设有限公司", "91530500MA6K00001X"
START, END, RECEIVED = 0, 20_000 * DAY, 10_000 * DAY
CA_SK = random("authority")
CA = certificates.demonstration_authority(CA_SK, "演示根证书", 1, START, END)
FORM: dict[str, object] = {
    "bidder_name": NAME,
    "price": "999000000",
    "duration_days": 180,
    "manager": "王工",
    "extra": {"a": [1, True, None]},
}


@dataclass
class Case:
    """A bidder with a certificate, its files and the envelope around them."""

    bidder: Bidder
    envelope: sealing.Envelope
    files: tuple[FileLine, ...]
    chain: tuple[bytes, ...]

    def index(self, **changed: object) -> dict[str, object]:
        """An index that is signed after the change."""
        plain = make_index(CODE, self.bidder.blind, FORM, self.files, self.chain) | changed
        return plain | {"signature": self.signature(plain)}

    def signature(self, plain: dict[str, object]) -> str:
        return b64encode(signing.sign(1, self.bidder.sk, signed_digest(self.envelope.ctx, plain))).decode()

    def read(self, index: dict[str, object] | bytes, anchors: tuple[bytes, ...] = (CA,), at: int = RECEIVED) -> Index | None:
        body = index if isinstance(index, bytes) else encode_index(index)
        return read_index(body, self.envelope, self.bidder.tender, anchors, at)


def certificate(pk: bytes, code: str = CODE, start: int = START, end: int = END) -> bytes:
    return certificates.demonstration_certificate(CA, CA_SK, pk, NAME, code, 2, start, end)


@pytest.fixture(scope="module")
def case() -> Case:
    bidder = Bidder(CODE, parties.policy())
    attachments = Attachments([("投标函.pdf", "application/pdf", io.BytesIO(b"a" * 1000)), ("b.pdf", "", io.BytesIO(b"b"))])
    body = io.BytesIO()
    while n := attachments.readinto(buffer := memoryview(bytearray(100))):
        attachments.heard(buffer[:n])
        body.write(buffer[:n])
    sealed = bidder.seal(b"index", body.getvalue())
    return Case(bidder, sealed.parsed, attachments.lines, (certificate(bidder.pk),))


def test_a_signed_index_is_read(case: Case) -> None:
    read = case.read(case.index())
    assert read is not None
    assert (read.form.bidder_id, read.form.bidder_name, read.form.duration_days) == (CODE, NAME, 180)
    assert read.form.money == Money(999000000, "CNY")
    assert read.files == case.files and read.answers["extra"] == {"a": [1, True, None]}


def test_an_index_is_padded_to_whole_units_of_64_kib(case: Case) -> None:
    assert len(encode_index(case.index())) == UNIT
    long = case.index(form=FORM | {"remarks": "长" * UNIT})
    assert len(encode_index(long)) % UNIT == 0 and case.read(long) is not None


def test_more_padding_than_needed_is_still_padding(case: Case) -> None:
    assert case.read(encode_index(case.index()) + b" " * UNIT) is not None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b" " * UNIT, b"[]".ljust(UNIT), b"{".ljust(UNIT), b"\xff" * UNIT, b"1.0".ljust(UNIT)]
)
def test_what_is_no_index_is_malformed(case: Case, body: bytes) -> None:
    assert case.read(body) is None


def test_padding_with_anything_but_spaces_is_malformed(case: Case) -> None:
    raw = encode_index(case.index())
    assert case.read(raw[:-1] + b"\n") is None and case.read(raw[:-1]) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"blind":', b'"blind": '),
        (b'{"bidder_id":', b'{"bidder_id":"x","bidder_id":'),
        (b'"duration_days":180', b'"duration_days":180.0'),
    ],
    ids=["a blank", "a member twice", "a fraction"],
)
def test_another_form_than_rfc_8785_is_malformed(case: Case, old: bytes, new: bytes) -> None:
    raw = encode_index(case.index()).rstrip(b" ").replace(old, new)
    assert case.read(raw.ljust(UNIT)) is None


@pytest.mark.parametrize(
    "form",
    [
        {"price": "1.00"}, {"price": "-1"}, {"price": "01"}, {"price": 5}, {"currency": "yuan"}, {"duration_days": -1},
        {"n": 2**53}, {"n": 0.5}, {"名": 1}, {"small_business": "yes"}, {"price": "9007199254740992"},
    ],
    ids=str,
)  # fmt: skip
def test_a_form_that_cannot_be_read_out_is_malformed(case: Case, form: dict[str, object]) -> None:
    assert case.read(case.index(form=form)) is None


def test_text_is_never_normalised(case: Case) -> None:
    read = case.read(case.index(form=FORM | {"manager": "cafe\u0301"}))
    assert read is not None and read.form.manager == "cafe\u0301"


@pytest.mark.parametrize(
    "changed", [{"bidder_id": "91X"}, {"blind": "00" * 32}, {"blind": "zz"}, {"blind": random("x").hex().upper()}], ids=str
)
def test_another_bidder_than_the_tag_says_is_malformed(case: Case, changed: dict[str, object]) -> None:
    assert case.read(case.index(**changed)) is None


def test_an_unknown_member_is_malformed(case: Case) -> None:
    assert case.read(case.index(more="x")) is None


def _line(**changed: object) -> list[dict[str, object]]:
    return [{"name": "a", "type": "", "body": 1, "offset": 0, "length": 1, "sha256": "0" * 64} | changed]


@pytest.mark.parametrize(
    "files", [_line(body=2), _line(offset=1), _line(length=-1), _line(sha256="0" * 63), _line(length=10**9), _line() * 2], ids=str
)
def test_a_file_table_that_does_not_add_up_is_malformed(case: Case, files: list[object]) -> None:
    assert case.read(case.index(files=files)) is None


def test_files_without_body_1_are_malformed(case: Case) -> None:
    alone = Bidder(CODE, parties.policy()).seal(b"index").parsed
    other = Case(case.bidder, alone, case.files, case.chain)
    assert other.read(other.index()) is None


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64!", b64encode(bytes(64)).decode()])
def test_a_signature_that_does_not_hold_is_malformed(case: Case, signature: str) -> None:
    assert case.read(case.index() | {"signature": signature}) is None


def test_a_signature_of_another_envelope_is_malformed(case: Case) -> None:
    elsewhere = Case(case.bidder, case.bidder.seal(b"x", b"y" * 2000).parsed, case.files, case.chain)
    assert elsewhere.read(case.index()) is None and elsewhere.read(elsewhere.index()) is not None


def test_a_change_after_signing_is_malformed(case: Case) -> None:
    assert case.read(case.index() | {"form": FORM | {"price": "1"}}) is None


def test_without_authorities_an_unsigned_index_is_read(case: Case) -> None:
    unsigned = make_index(CODE, case.bidder.blind, FORM, case.files)
    assert case.read(unsigned, anchors=()) is not None and case.read(unsigned) is None


def test_without_authorities_a_signature_still_has_to_hold(case: Case) -> None:
    assert case.read(case.index(), anchors=()) is not None
    assert case.read(case.index() | {"form": FORM | {"price": "1"}}, anchors=()) is None


def test_a_certificate_without_a_signature_is_malformed(case: Case) -> None:
    assert case.read(make_index(CODE, case.bidder.blind, FORM, case.files, case.chain), anchors=()) is None


def test_a_certificate_that_ran_out_after_the_bid_takes_nothing_away(case: Case) -> None:
    chain = (certificate(case.bidder.pk, end=RECEIVED + DAY),)
    own = Case(case.bidder, case.envelope, case.files, chain)
    assert own.read(own.index(), at=RECEIVED) is not None and own.read(own.index(), at=RECEIVED + 2 * DAY) is None


def _other_authority() -> bytes:
    return certificates.demonstration_authority(random("other"), "别家", 1, START, END)


@pytest.mark.parametrize(
    "fault", ["another party", "not yet valid", "unknown authority", "no certificate", "five", "not a certificate"]
)
def test_a_certificate_that_does_not_hold_is_malformed(case: Case, fault: str) -> None:
    pk = case.bidder.pk
    chains = {
        "another party": (certificate(pk, code="91X"),),
        "not yet valid": (certificate(pk, start=RECEIVED + DAY),),
        "unknown authority": case.chain,
        "no certificate": (),
        "five": case.chain * 5,
        "not a certificate": (b"certificate",),
    }
    own = Case(case.bidder, case.envelope, case.files, chains[fault])
    assert own.read(own.index(), anchors=(_other_authority(),) if fault == "unknown authority" else (CA,)) is None


def test_the_authority_itself_may_stand_at_the_end_of_the_chain(case: Case) -> None:
    own = Case(case.bidder, case.envelope, case.files, (*case.chain, CA))
    assert own.read(own.index()) is not None


def test_a_bidder_cannot_issue_certificates(case: Case) -> None:
    middle = case.chain[0]
    forged = certificates.demonstration_certificate(middle, case.bidder.sk, case.bidder.pk, NAME, CODE, 3, START, END)
    own = Case(case.bidder, case.envelope, case.files, (forged, middle))
    assert own.read(own.index()) is None


def test_a_chain_with_a_gap_is_malformed(case: Case) -> None:
    own = Case(case.bidder, case.envelope, case.files, (case.chain[0], _other_authority(), CA))
    assert own.read(own.index()) is None


def _issue(key: object) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, CODE)])
    day = datetime(1970, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(x509.load_der_x509_certificate(CA).subject, subject, key, 4, day, day + timedelta(days=20_000))  # type: ignore[arg-type]
    return made.sign(Ed25519PrivateKey.from_private_bytes(CA_SK), None).public_bytes(Encoding.DER)


def test_a_p256_certificate_signs_too(case: Case) -> None:
    sk = random("p256")
    chain = (_issue(derive_private_key(int.from_bytes(sk, "big"), SECP256R1()).public_key()),)
    plain = make_index(CODE, case.bidder.blind, FORM, case.files, chain)
    signature = signing.sign(signing.ECDSA_P256, sk, signed_digest(case.envelope.ctx, plain))
    assert case.read(plain | {"signature": b64encode(signature).decode()}) is not None


@pytest.mark.parametrize("kind", ["P-384", "RSA"])
def test_a_key_of_another_kind_is_malformed(case: Case, kind: str) -> None:
    key = derive_private_key(7, SECP384R1()) if kind == "P-384" else rsa.generate_private_key(65_537, 1024)
    plain = make_index(CODE, case.bidder.blind, FORM, case.files, (_issue(key.public_key()),))
    assert case.read(plain | {"signature": b64encode(bytes(64)).decode()}) is None


def test_an_sm2_certificate_is_malformed_while_sm2_is_not_supported(case: Case) -> None:
    # The object identifier of P-256 becomes that of the SM2 curve; both have eight bytes.
    p256 = _issue(derive_private_key(7, SECP256R1()).public_key())
    sm2 = p256.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a811ccf5501822d"))
    assert sm2 != p256
    plain = make_index(CODE, case.bidder.blind, FORM, case.files, (sm2,))
    assert case.read(plain | {"signature": b64encode(bytes(64)).decode()}, anchors=()) is None


def test_what_is_read_out_is_cut_and_a_bidders_id_is_not(case: Case) -> None:
    read = case.read(case.index(form=FORM | {"remarks": "长" * 1000}))
    assert read is not None and len(read.form.remarks) == 300 and read.answers["remarks"] == "长" * 1000
    long = Bidder("9" * 65, parties.policy())
    alone = long.seal(b"index").parsed
    assert read_index(encode_index(make_index(long.name, long.blind, FORM)), alone, long.tender) is None


@pytest.mark.parametrize(("text", "kept"), [("\x01", 150), ("\U0001d11e", 225), ("字", 300), ("a", 300)])
def test_what_is_read_out_fits_an_entry_whatever_a_bidder_writes(case: Case, text: str, kept: int) -> None:
    read = case.read(case.index(form=FORM | {"remarks": text * 1000}))
    assert read is not None and read.form.remarks == text * kept


def test_demonstration_certificates_say_what_they_are() -> None:
    for der in (CA, certificate(signing.public_key(1, random("k")))):
        assert certificates.DEMONSTRATION in x509.load_der_x509_certificate(der).subject.rfc4514_string().replace("\\", "")


@pytest.mark.parametrize(
    ("length", "padded"), [(0, 0), (1, 1), (2, 2), (9, 10), (100, 104), (1000, 1024), (1_114_113, 1_146_880)]
)
def test_padme_lengths(length: int, padded: int) -> None:
    assert padme(length) == padded


def test_attachments_lie_back_to_back_and_are_padded(case: Case) -> None:
    first, second = case.files
    assert (first.offset, first.length, second.offset, second.length) == (0, 1000, 1000, 1)
    assert first.sha256 == hashlib.sha256(b"a" * 1000).hexdigest() and b64decode(b64encode(b"b")) == b"b"
    source = Attachments([("a", "", io.BytesIO(b"abc" * 333)), ("e", "", io.BytesIO())])
    sink = io.BytesIO()
    sealing.seal_body(sealing.Secrets(bytes(32), bytes(32)), 1, source, sink, heard=source.heard)
    assert len(sink.getvalue()) == sealing.sealed_length(padme(999)) and [f.length for f in source.lines] == [999, 0]


MIB = 2**20
LENGTHS = ((MIB, MIB), (0, MIB, 0, 0, 5), (3 * MIB + 1, 1, 2 * MIB - 1), (MIB - 1, 1, MIB), (7, 0), (0,), ())


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_every_file_has_its_own_hash_wherever_the_blocks_of_the_body_end(lengths: tuple[int, ...]) -> None:
    files = [parties.random(f"file {n}") * (length // 32) + b"z" * (length % 32) for n, length in enumerate(lengths)]
    source = Attachments([(str(n), "", io.BytesIO(raw)) for n, raw in enumerate(files)])
    sealing.seal_body(sealing.Secrets(bytes(32), bytes(32)), 1, source, io.BytesIO(), heard=source.heard)
    assert [f.sha256 for f in source.lines] == [hashlib.sha256(raw).hexdigest() for raw in files]
    assert [(f.offset, f.length) for f in source.lines] == [(sum(lengths[:n]), length) for n, length in enumerate(lengths)]


def test_a_file_table_is_not_given_while_a_byte_was_read_and_not_heard() -> None:
    source = Attachments([("a", "", io.BytesIO(b"a"))])
    sealing.seal_body(sealing.Secrets(bytes(32), bytes(32)), 1, source, io.BytesIO())
    with pytest.raises(AssertionError):
        _ = source.lines


def test_no_attachment_is_an_empty_body() -> None:
    sink = io.BytesIO()
    sealing.seal_body(sealing.Secrets(bytes(32), bytes(32)), 1, Attachments([]), sink)
    assert len(sink.getvalue()) == sealing.sealed_length(0)
