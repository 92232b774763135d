"""A stream on a bench: acts are decided as the ledger decides them, from values read back from their own bytes.

Every act checks that the state survives its bytes and that its rows fit the tables.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Generic, TypeVar

import pytest

from archive.bodies import Kind
from archive.canonical import decode, encode, parse
from archive.database import METADATA
from archive.decider import Context, Decider, fold
from archive.disclosures import Hidden, conceal
from archive.errors import Refused
from archive.values import Actor, Instant, Value
from experts import tables

S = TypeVar("S")

assert tables.expert is METADATA.tables["expert"]
NOBODY = Actor("desk", "system")


class Stage(Generic[S]):
    """One stream and its state; ``blobs`` by SHA-256 hex."""

    def __init__(self, decider: Decider[S, Any, Any, Any], stream: str, blobs: Mapping[str, bytes] | None = None) -> None:
        self.decider = decider
        self.stream = stream
        self.state = decider.initial
        self.blobs = blobs or {}
        self.private: dict[Hidden, dict[str, Any]] = {}
        self._kind = Kind.of(decider)

    def act(
        self, command: Any, at: Instant, facts: Any = None, actor: Actor = NOBODY, rx: Instant | None = None
    ) -> tuple[Any, ...]:
        """Decide and evolve; the events."""
        asked, told = self._kind.fixed(command, facts)
        parse(encode({"command": asked}))
        ctx = Context(at, actor, told, rx, self.blobs.__getitem__, self.private.get)
        events = self._kind.settled(self.decider.decide(self.state, asked, ctx))
        self.state = fold(self.decider, self.state, events)
        again: Any = decode(encode(self.state), self.decider.state)
        assert encode(again) == encode(self.state)
        self._check_rows()
        return events

    def hide(self, value: Value) -> Hidden:
        """What stands for a private value."""
        hidden, made = conceal(value, lambda name: sha256(name.encode()).digest()[:16])
        self.private[hidden] = {d.name: d.value for d in made}
        return hidden

    def refuses(
        self, code: str, command: Any, at: Instant, facts: Any = None, actor: Actor = NOBODY, rx: Instant | None = None
    ) -> None:
        """That the command is refused with that code and changes nothing."""
        before = self.state
        with pytest.raises(Refused) as said:
            self.act(command, at, facts, actor, rx)
        assert said.value.code == code
        assert self.state is before

    def _check_rows(self) -> None:
        for name, pk, columns in self.decider.rows(self.stream, self.state):
            table = METADATA.tables[name]
            keys = [c.name for c in table.primary_key.columns]
            assert len(keys) == len(pk)
            assert set(columns) == {c.name for c in table.columns} - set(keys)
            for column in table.columns:
                value = dict(zip(keys, pk, strict=True))[column.name] if column.name in keys else columns[column.name]
                assert isinstance(value, column.type.python_type), (name, column.name)
                length = getattr(column.type, "length", None)
                assert length is None or len(value) <= length, (name, column.name, value)
