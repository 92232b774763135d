"""The envelope beyond the vectors: every member's type, and the writer."""

from typing import Any

import pytest

from archive import canonical, envelope
from archive.envelope import ActorRef, Auth, Body, Data
from archive.faults import Fault

GOOD: dict[str, Any] = {
    "act": "tender.published",
    "actor": {"id": "u-1", "kind": "user"},
    "at": "2026-01-05T01:00:01.000000Z",
    "data": {"command": {"title": "评标"}},
    "id": "019b8bab-0a68-7000-8000-000000000001",
    "prev": "",
    "rel": "r1",
    "seq": 1,
    "stream": "tender/T-1",
    "sv": 1,
    "v": 1,
}
DIGEST = "3Y-DVS8_dEVMQcQpTBHxGdYEJq_Ev-H2y06VQ8YjMkw"
HEX = "7f" * 32


def codes(**members: Any) -> list[str]:
    value = {name: v for name, v in {**GOOD, **members}.items() if v is not ...}
    body, faults = envelope.examine(canonical.encode(value))
    assert (body is None) == any(f.code == "SCHEMA_BAD" for f in faults)
    return [fault.code for fault in faults]


FULL = {
    "_sd": [DIGEST],
    "actor": {
        "_sd": [DIGEST],
        "auth": {"aal": 2, "cert_sha256": HEX, "m": "mtls"},
        "id": "u",
        "kind": "regulator",
        "org": "o",
        "role": "r",
    },
    "after": [{"h": HEX, "id": "T-1", "t": "tender"}],
    "blob": [{"len": 0, "mt": "", "sha256": HEX, "sm3": HEX}],
    "cause": {"by": "e", "cmd": "c", "req": "r"},
    "data": {"command": {"a": 1}, "context": {"b": [True]}, "outcome": {"c": {"_sd": [DIGEST]}}},
    "dec": {"rule": "r/1"},
    "obj": [{"id": "1", "t": "lot", "ver": 3}],
    "on": {"id": "o"},
    "rx": "2026-01-05T01:00:00.999999Z",
    "sig": {"alg": "sm2"},
}


def test_a_body_with_every_member_is_read_and_written_alike() -> None:
    raw = canonical.encode({**GOOD, **FULL})
    assert envelope.write(envelope.read(raw)) == raw


@pytest.mark.parametrize("name", sorted(FULL))
def test_an_optional_member_may_stand_alone(name: str) -> None:
    assert codes(**{name: FULL[name]}) == []


@pytest.mark.parametrize("name", sorted(set(FULL) - {"actor", "data", "rx"}))
def test_an_optional_member_is_not_empty(name: str) -> None:
    assert codes(**{name: type(FULL[name])()}) == ["SCHEMA_BAD"]


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [..., True, 0, "", [], {}, [{}]])
def test_a_required_member_has_its_type(name: str, value: Any) -> None:
    allowed = {("data", "{}"), ("prev", "''"), ("rel", "''")}
    expected = [] if (name, str(value) if value == {} else repr(value)) in allowed else ["SCHEMA_BAD"]
    assert codes(**{name: value}) == expected


@pytest.mark.parametrize(
    "members",
    [
        {"actor": {"id": "u", "kind": "user", "auth": {}}},
        {"actor": {"id": "u", "kind": "user", "auth": {"x": 1}}},
        {"actor": {"id": "u", "kind": "user", "name": "n"}},
        {"actor": {"id": "u", "kind": "user", "auth": {"cert_sha256": "7F" * 32}}},
        {"after": [{"h": HEX[:-1], "id": "1", "t": "x"}]},
        {"after": [{"h": HEX + "\n", "id": "1", "t": "x"}]},
        {"blob": [{"len": -1, "mt": "", "sha256": HEX}]},
        {"blob": [{"len": True, "mt": "", "sha256": HEX}]},
        {"blob": [{"len": 1, "mt": "", "sha256": HEX, "name": "n"}]},
        {"cause": {"why": "w"}},
        {"data": {"outcome": {}}},
        {"data": {"outcome": {"_sd": ["x"]}}},
        {"data": {"outcome": {"_sd": {"a": 1}}}},
        {"data": {"outcome": {"deep": [{"_sd": [DIGEST, DIGEST]}]}}},
        {"data": {"outcome": {"_sd": [DIGEST[:-1] + "x"]}}},
        {"obj": [{"id": "1", "t": "lot"}]},
        {"obj": [{"id": "1", "t": "lot", "ver": "1"}]},
        {"act": "a." + "b" * 63},
        {"act": "a.b\n"},
        {"at": "2026-01-05T01:00:01.000000Z\n"},
        {"at": "２026-01-05T01:00:01.000000Z"},
        {"id": GOOD["id"] + "\n"},
        {"prev": "A" * 42 + "A=", "seq": 1},
        {"seq": 2, "prev": "A" * 42 + "B="},
        {"stream": "tender/T-1\n"},
    ],
)
def test_a_member_of_another_form_is_refused(members: dict[str, Any]) -> None:
    assert codes(**members) == ["SCHEMA_BAD"]


def test_a_leap_day_is_a_day_only_in_its_year() -> None:
    assert codes(at="2028-02-29T00:00:00.000000Z") == []
    assert codes(at="2026-02-29T00:00:00.000000Z") == ["SCHEMA_BAD"]


def test_a_body_with_blanks_is_faulty_and_still_used() -> None:
    body, faults = envelope.examine(canonical.encode(GOOD).replace(b",", b", "))
    assert body is not None
    assert [f.code for f in faults] == ["CANON_BAD"]


def test_a_body_may_be_faulty_twice() -> None:
    _, faults = envelope.examine(canonical.encode({**GOOD, "v": 2}).replace(b",", b", "))
    assert [f.code for f in faults] == ["CANON_BAD", "SCHEMA_BAD"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"a":null}', b"\xff", b'{"act":' + b"[" * 50_000])
def test_bytes_without_a_value_are_no_body(raw: bytes) -> None:
    with pytest.raises(Fault, match="CANON_BAD"):
        envelope.read(raw)


def test_the_writer_does_not_write_what_the_reader_refuses() -> None:
    good = envelope.read(canonical.encode(GOOD))
    fields = {name: getattr(good, name) for name in good.__struct_fields__}
    with pytest.raises(Fault, match="SCHEMA_BAD"):
        envelope.write(Body(**{**fields, "stream": "nowhere"}))
    with pytest.raises(Fault, match="SCHEMA_BAD"):
        envelope.write(Body(**{**fields, "actor": ActorRef(id="u", kind="user", auth=Auth())}))
    with pytest.raises(Fault, match="CANON_BAD"):
        envelope.write(Body(**{**fields, "data": Data(command={"a": 1.5})}))
