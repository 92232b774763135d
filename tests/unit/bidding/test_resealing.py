"""Ciphertext made again from anywhere: byte for byte, whatever the files' lengths, and never of another file."""

from io import BytesIO

import pytest

from archive.errors import Invalid
from bidding.index import Attachments
from bidding.resealing import Bytes, Joined, Resealer
from bidding.sealing import SealedBody, Secrets, seal_body
from bidding.sealing.cobblestone import BLOCK, leaf_count
from tests.unit.bidding import parties

SECRETS = Secrets(parties.random("seed"), parties.random("ctx"))


def noise(length: int) -> bytes:
    return (parties.random("noise", length) * (length // 32 + 1))[:length]


def sealed(*files: bytes) -> tuple[bytes, SealedBody]:
    sink = BytesIO()
    body = seal_body(SECRETS, 1, Attachments([("f", "", BytesIO(f)) for f in files]), sink)
    return sink.getvalue(), body


def again(body: SealedBody, *files: bytes, stated: tuple[int, ...] = ()) -> bytes:
    lengths = stated or tuple(map(len, files))
    joined = Joined([(BytesIO(f), n) for f, n in zip(files, lengths, strict=True)])
    resealer = Resealer(SECRETS, 1, joined, body.line.ct_len, body.leaves)
    order = range(leaf_count(body.line.ct_len))
    made = {n: resealer.leaf(n) for n in reversed(order)}
    return b"".join(made[n] for n in order)


@pytest.mark.parametrize(
    "lengths",
    [
        (),
        (0,),
        (1,),
        (100, 0, 7),
        (16_384,),
        (BLOCK - 1, 2),
        (BLOCK,),
        (2 * BLOCK + 5, BLOCK - 5),
        (3 * BLOCK + 1,),
        (1, BLOCK, 1),
    ],
)
def test_every_leaf_is_what_it_was(lengths: tuple[int, ...]) -> None:
    files = tuple(map(noise, lengths))
    ciphertext, body = sealed(*files)
    assert again(body, *files) == ciphertext


def test_an_index_is_made_again_from_memory() -> None:
    raw, sink = noise(BLOCK + 9), BytesIO()
    body = seal_body(SECRETS, 0, BytesIO(raw), sink)
    resealer = Resealer(SECRETS, 0, Bytes(raw), body.line.ct_len, body.leaves)
    assert b"".join(resealer.leaf(n) for n in range(2)) == sink.getvalue()


@pytest.mark.parametrize("case", ["a byte", "shorter", "longer by the next file"])
def test_a_file_that_changed_gives_no_leaf(case: str) -> None:
    file = noise(BLOCK + 500)
    _, body = sealed(file, b"tail")
    changed = {"a byte": file[:-1] + b"\0", "shorter": file[:-1], "longer by the next file": file[:600]}[case]
    with pytest.raises(Invalid, match=r"sealing\.source-changed"):
        again(body, changed, b"tail", stated=(len(file), 4))


def test_a_leaf_before_the_change_is_still_good_and_the_changed_one_is_not() -> None:
    file = noise(2 * BLOCK)
    ciphertext, body = sealed(file)
    changed = file[:BLOCK] + b"\0" + file[BLOCK + 1 :]
    resealer = Resealer(SECRETS, 1, Joined([(BytesIO(changed), len(file))]), body.line.ct_len, body.leaves)
    assert ciphertext.startswith(resealer.leaf(0))
    with pytest.raises(Invalid) as e:
        resealer.leaf(1)
    assert e.value.params == {"leaf": 1}
