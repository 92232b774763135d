"""Several releases of one ocid into the record they make together (OCDS 1.1, "merging").

Pure.  In the order of their dates: a later value replaces an earlier one, null removes it, objects are merged
member by member, arrays of objects by ``id``; other arrays, and the two lists of additional codes, are replaced
whole.  ``id``, ``date`` and ``tag`` belong to a release, not to the record.  Where the order or the
identity is not certain the releases are refused, because a different order would make a different record.
"""

from itertools import pairwise

from trading.intake.wire import Fault, Json, Members, Node

OWN = ("id", "date", "tag")
WHOLE = frozenset(("additionalIdentifiers", "additionalClassifications"))


def merged(releases: list[Node], ocid: str) -> Node:
    """The record of ``ocid``.

    Raises:
        Fault: ``intake.merge-order`` for two releases of one date, ``intake.merge-compiled`` for a compiled one among
            others, ``intake.merge-ids`` for array members without an id, ``intake.duplicate-id`` for one id twice.
    """
    for release in releases:
        tags = release.child("tag")
        if tags and any(tag.value == "compiled" for tag in tags.each()):
            raise Fault("intake.merge-compiled", release.pointer, ocid=ocid)
    dated = sorted(((release.need("date").time(), release) for release in releases), key=lambda pair: pair[0])
    for (before, _), (after, release) in pairwise(dated):
        if before == after:
            raise Fault("intake.merge-order", release.pointer, ocid=ocid)
    record = Members()
    for _, release in dated:
        if isinstance(release.value, Members):
            later = Members((name, value) for name, value in release.value.items() if name not in OWN)
            record = _objects(record, later, release.pointer)
    return Node(record, f"({ocid})")


def _objects(before: Members, after: Members, pointer: str) -> Members:
    out = Members(before)
    for name, value in after.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = _values(out.get(name), value, name, f"{pointer}/{name}")
    return out


def _values(before: Json, after: Json, name: str, pointer: str) -> Json:
    if isinstance(after, Members):
        return _objects(before if isinstance(before, Members) else Members(), after, pointer)
    if isinstance(after, list) and name not in WHOLE and any(isinstance(v, Members) for v in after):
        return _arrays(before if isinstance(before, list) else [], after, pointer)
    return after


def _arrays(before: list[Json], after: list[Json], pointer: str) -> list[Json]:
    kept = _by_id(before, pointer)
    for key, value in _by_id(after, pointer).items():
        kept[key] = _objects(kept.get(key, Members()), value, pointer)
    return list(kept.values())


def _by_id(values: list[Json], pointer: str) -> dict[Json, Members]:
    found: dict[Json, Members] = {}
    for value in values:
        id = value.get("id") if isinstance(value, Members) else None
        if not isinstance(value, Members) or id is None or isinstance(id, list | Members):
            raise Fault("intake.merge-ids", pointer)
        if id in found:
            raise Fault("intake.duplicate-id", pointer, id=str(id))
        found[id] = value
    return found
