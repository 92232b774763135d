"""The tree against published values and against a second implementation."""

from collections.abc import Sequence

import pytest
from pymerkle import InmemoryTree

from archive.merkle import (
    EMPTY_ROOT,
    Edge,
    Tree,
    check_consistency,
    check_inclusion,
    consistency_parts,
    inclusion_parts,
    leaf_hash,
    leaf_hashes,
    root,
    subtrees,
)

REFERENCE = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]


def entries(count: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(count)]


def other_root(given: Sequence[bytes]) -> bytes:
    tree = InmemoryTree(algorithm="sha256")
    for entry in given:
        tree.append_entry(entry)
    return bytes(tree.get_root())


def test_the_published_tree_of_eight_leaves_has_its_published_root() -> None:
    assert root(leaf_hashes(REFERENCE)).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == Tree([]).root() == Edge().root == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257])
def test_roots_agree_with_another_implementation(size: int) -> None:
    given = entries(size)
    leaves = leaf_hashes(given)
    assert root(leaves) == Tree(leaves).root() == Edge().extended(leaves).root == other_root(given)


def test_roots_around_65536_agree_with_another_implementation() -> None:
    given = entries(65_537)
    leaves = leaf_hashes(given)
    tree = Tree(leaves)
    other = InmemoryTree(algorithm="sha256")
    for n, entry in enumerate(given, start=1):
        other.append_entry(entry)
        if n in (65_535, 65_536, 65_537):
            assert tree.root(n) == bytes(other.get_root())
    assert tree.root() == root(leaves)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_every_inclusion_proof_verifies_at_its_own_index_only(size: int) -> None:
    leaves = leaf_hashes(entries(size))
    tree = Tree(leaves)
    for index in range(size):
        proof = tree.inclusion(index)
        holds = [i for i in range(size + 1) if check_inclusion(i, size, leaves[index], tree.root(), proof)]
        assert holds == [index]


@pytest.mark.parametrize("size", [2, 3, 7, 8, 9, 33])
def test_every_consistency_proof_verifies_and_no_shorter_one_does(size: int) -> None:
    tree = Tree(leaf_hashes(entries(size)))
    for old in range(1, size):
        proof = tree.consistency(old)
        assert check_consistency(old, size, tree.root(old), tree.root(), proof)
        assert not check_consistency(old, size, tree.root(old), tree.root(), proof[:-1])
        assert not check_consistency(old, size, tree.root(old), tree.root(), [*proof, proof[-1]])


def test_a_proof_over_absurd_sizes_is_refused_at_once() -> None:
    leaf = leaf_hash(b"")
    assert not check_inclusion(2**62, 2**63 - 1, leaf, leaf, [leaf] * 63)
    assert not check_consistency(2**62, 2**63 - 1, leaf, leaf, [leaf] * 63)


def test_from_nothing_only_the_empty_proof_and_root_are_consistent() -> None:
    some = leaf_hash(b"")
    assert check_consistency(0, 5, EMPTY_ROOT, some, [])
    assert not check_consistency(0, 5, EMPTY_ROOT, some, [some])
    assert not check_consistency(0, 5, some, some, [])
    assert not check_consistency(0, 0, EMPTY_ROOT, some, [])


def test_what_is_no_hash_is_no_leaf() -> None:
    assert not check_inclusion(0, 1, b"", b"", [])


def test_a_tree_does_not_shrink() -> None:
    assert not check_consistency(5, 4, EMPTY_ROOT, EMPTY_ROOT, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_parts(index, size)


def test_there_is_no_proof_from_a_later_size() -> None:
    with pytest.raises(IndexError):
        consistency_parts(6, 5)


def test_subtrees_cover_a_range_with_the_fewest() -> None:
    assert subtrees(0, 7) == [(2, 0), (1, 2), (0, 6)]
    assert subtrees(3, 8) == [(0, 3), (2, 1)]
    assert subtrees(4, 4) == []


def test_an_edge_extended_in_pieces_is_the_same_edge() -> None:
    leaves = leaf_hashes(entries(300))
    edge = Edge()
    for at in range(0, 300, 7):
        edge = edge.extended(leaves[at : at + 7])
    assert edge == Edge().extended(leaves)
    assert len(edge.hashes) == (300).bit_count()
