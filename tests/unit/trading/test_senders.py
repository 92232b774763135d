"""Who may send which command to a tender, cell by cell: every command of the wire against every role there is."""

from typing import get_args

import pytest
from msgspec.structs import fields

from trading import commands as c
from trading.roles import ROLES
from trading.web.senders import BY_DESKS, SENDERS, may_send

TABLE = """
                       tenderer agency host centre witness regulator supervisor
accept-registration    .        .      .    x      x       .         .
refuse-registration    .        .      .    x      x       .         .
draft                  x        x      x    .      .       .         .
approve                x        .      x    .      .       .         .
publish                x        x      x    .      .       .         .
clarify                x        x      x    .      .       .         .
amend-deadline         x        x      x    .      .       .         .
adopt-calendar         .        .      .    x      x       .         .
terminate              x        .      x    x      x       x         x
suspend                .        .      .    x      x       x         x
resume                 .        .      .    x      x       x         x
publish-candidates     x        x      x    .      .       .         .
answer-objection       x        x      x    .      .       .         .
examine-complaint      .        .      .    .      .       x         x
decide-complaint       .        .      .    .      .       x         x
award                  x        .      x    .      .       .         .
revoke-award           x        .      x    .      .       x         x
reevaluate             x        x      x    .      .       x         x
publish-result         x        x      x    .      .       .         .
send-letters           x        x      x    .      .       .         .
issue-letter           x        x      x    .      .       .         .
record-contract        x        .      x    .      .       .         .
publish-contract       x        x      x    .      .       .         .
accept-performance     x        .      x    .      .       .         .
declare-failure        x        x      x    x      x       .         .
retender               x        x      x    .      .       .         .
archive                x        x      x    x      x       .         .
"""

_HEAD, *_LINES = TABLE.strip().splitlines()
COMMANDS = {tag: member for member in get_args(c.Command) for tag in [str(member.__struct_config__.tag).removeprefix("tender.")]}
EXPECTED = {
    (line.split()[0], role): cell == "x" for line in _LINES for role, cell in zip(_HEAD.split(), line.split()[1:], strict=True)
}
CELLS = [(tag, role) for tag in COMMANDS for role in ROLES]


def some(tag: str) -> c.Command:
    """A command of that tag; what is in it is nothing to who may send it."""
    member = COMMANDS[tag]
    return member(**{f.encode_name: None for f in fields(member) if f.required})


@pytest.mark.parametrize(("tag", "role"), CELLS)
def test_each_role_may_send_what_the_table_says_and_nothing_else(tag: str, role: str) -> None:
    assert may_send(role, some(tag)) is EXPECTED.get((tag, role), False)


def test_every_command_of_the_wire_is_somebodys_or_the_desks_own() -> None:
    assert {*SENDERS, *BY_DESKS} == set(COMMANDS.values()) and not set(SENDERS) & set(BY_DESKS)


def test_no_role_is_named_that_does_not_exist() -> None:
    assert {role for roles in SENDERS.values() for role in roles} <= set(ROLES)
