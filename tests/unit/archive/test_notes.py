"""Keys, notes, checkpoints and cosignatures beyond the vectors."""

import pytest

from archive.checkpoints import Checkpoint, line_time, parse_checkpoint, subtree_message
from archive.faults import Fault
from archive.merkle import EMPTY_ROOT
from archive.notes import Line, open_note, parse_line, parse_note, write_note
from archive.signing import Signer
from archive.vkeys import Key, parse_vkey, valid_name
from tests.logs import LOG, LOG_PQ, ORIGIN, WITNESS

TEXT = Checkpoint(ORIGIN, 5, b"\x01" * 32).text
WITNESS_PQ = Signer.from_seed("witness.example/w2", 6, bytes(range(0x60, 0x80)))


def test_a_vkey_is_read_back() -> None:
    for signer in (LOG, LOG_PQ, WITNESS, WITNESS_PQ):
        assert parse_vkey(signer.key.text) == signer.key


@pytest.mark.parametrize("name", ["", "a b", "a\u00a0b", "a+b", "a\u2003", "\u3000", "a\n"])
def test_a_name_with_a_space_or_a_plus_is_none(name: str) -> None:
    assert not valid_name(name)


@pytest.mark.parametrize("text", ["", "+", "++", "a", "a+00000000", "a+00000000+", "a+00000000+AQ==", "\ud800+00000000+AQOh"])
def test_what_is_no_vkey_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="VKEY_BAD"):
        parse_vkey(text)


def test_a_vkey_with_a_name_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(Fault, match="VKEY_BAD"):
        parse_vkey("a\udcff+00000000+" + LOG.key.text.split("+", 2)[2])


def test_a_type_without_our_support_is_refused() -> None:
    for kind in (0, 2, 5, 0xFA, 0xFF):
        key = Key("a", kind, bytes(32))  # type: ignore[arg-type]
        with pytest.raises(Fault, match="VKEY_BAD"):
            parse_vkey(key.text)


def test_a_signer_does_not_show_its_seed() -> None:
    assert "private" not in repr(LOG).lower()


def test_each_kind_of_line_verifies_and_gives_its_time() -> None:
    assert line_time(LOG.key, TEXT, LOG.line(TEXT).signature) == 0
    assert line_time(LOG_PQ.key, TEXT, LOG_PQ.line(TEXT, 0).signature) == 0
    assert line_time(LOG_PQ.key, TEXT, LOG_PQ.line(TEXT, 9).signature) == 9
    assert line_time(WITNESS.key, TEXT, WITNESS.line(TEXT, 7).signature) == 7
    assert line_time(WITNESS_PQ.key, TEXT, WITNESS_PQ.line(TEXT, 7).signature) == 7


def test_a_witness_does_not_sign_without_a_time() -> None:
    with pytest.raises(ValueError, match="time"):
        WITNESS.line(TEXT, 0)


def test_a_post_quantum_witness_line_without_a_time_fails() -> None:
    assert line_time(WITNESS_PQ.key, TEXT, WITNESS_PQ.line(TEXT, 0).signature) is None


def test_a_time_past_2_to_the_63_fails() -> None:
    message = subtree_message(WITNESS_PQ.key.name, 2**63, ORIGIN, 0, 5, b"\x01" * 32)
    signature = (2**63).to_bytes(8, "big") + WITNESS_PQ.sign(message)
    assert line_time(WITNESS_PQ.key, TEXT, signature) is None


@pytest.mark.parametrize("length", [0, 1, 8, 9, 63, 71, 2427])
def test_a_signature_of_another_length_fails(length: int) -> None:
    for signer in (LOG, LOG_PQ, WITNESS, WITNESS_PQ):
        assert line_time(signer.key, TEXT, b"\x01" * length) is None


def test_a_post_quantum_line_signs_checkpoints_only() -> None:
    assert line_time(LOG_PQ.key, "something else\n", LOG_PQ.line(TEXT, 9).signature) is None
    with pytest.raises(Fault, match="NOTE_BAD"):
        LOG_PQ.line("something else\n", 9)


def test_a_name_too_long_for_the_subtree_message_is_refused() -> None:
    with pytest.raises(Fault, match="NOTE_BAD"):
        subtree_message("w" * 256, 1, ORIGIN, 0, 1, EMPTY_ROOT)
    long = Signer.from_seed("w" * 256, 6, bytes(32))
    assert line_time(long.key, TEXT, LOG_PQ.line(TEXT, 9).signature) is None


def test_a_note_is_read_back_with_its_lines() -> None:
    raw = write_note(TEXT, [LOG.line(TEXT), WITNESS.line(TEXT, 1)])
    note = parse_note(raw)
    assert note.text == TEXT
    assert [line.name for line in note.lines] == [ORIGIN, "witness.example/w1"]
    assert note.raw == raw


def test_a_key_given_twice_counts_once() -> None:
    raw = write_note(TEXT, [LOG.line(TEXT)])
    assert open_note(raw, [LOG.key, LOG.key]) == (TEXT, (LOG.key,))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n\n",
        b"a\n\n",
        b"a\n\n\n",
        b"a\r\n\n- b\n",
        "a\n\n— b AAAAAAA=\n\n".encode(),
        "a\n\n— b\n".encode(),
        b"\xff\n\n",
    ],
)
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(Fault, match="NOTE_BAD"):
        parse_note(raw)


def test_a_note_longer_than_256_kib_is_refused() -> None:
    long = TEXT + "x" * 262_144 + "\n"
    with pytest.raises(Fault, match="NOTE_BAD"):
        parse_note(write_note(long, [LOG.line(long)]))


def test_a_line_is_read_back() -> None:
    line = Line("a", b"\x01\x02\x03\x04", b"s")
    assert parse_line(line.text[:-1]) == line


def test_an_extension_line_is_read_over() -> None:
    assert parse_checkpoint(TEXT + "more\n") == parse_checkpoint(TEXT)


def test_an_empty_tree_with_another_root_is_left_to_callers_who_ask() -> None:
    text = Checkpoint(ORIGIN, 0, b"\x01" * 32).text
    assert parse_checkpoint(text, any_empty_root=True).size == 0
    with pytest.raises(Fault, match="NOTE_BAD"):
        parse_checkpoint(text)
