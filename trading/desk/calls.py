"""Calling a drawn panel by machine: begin, take the letters to the experts, hear their answers, move on when nobody answers.

Every call is committed together with its letter, and a seat is refilled and its new candidate called in one transaction,
so a crash loses nothing: the outbox sends the letter again, the bell fills what stayed vacant and calls again when a window
is over.  A message may therefore arrive twice, with the same id and the same code.  Nobody at the platform sees a name: the
letter goes to whoever holds the seat, and its next candidate is not known before the answer is on record (experts/SPEC.md 14).
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

from archive.database import reading
from archive.errors import Denied, Missing, Refused
from archive.ledger import Recorded
from archive.values import MINUTE, Actor
from experts import queries
from experts.panel import Panel
from experts.panel.messages import RecordDelivery, RecordReply
from experts.panel.state import Seat
from trading.calling import AUTOMATIC, answers
from trading.calling.answers import Answer, Delivery, Silence, proved
from trading.calling.carriers import Carried, Carrier, Contact
from trading.calling.words import Call, Words, words
from trading.desk import committee, facts
from trading.desk.committee import DRAW
from trading.platform import Platform
from trading.tender import Tender

FORMAT = "sunlit call/1"

Proves = Callable[[str, bytes, bytes], bool]
"""Expert, signature, message: whether the key of his account signed."""


def begin(platform: Platform, name: str, lot: str, channel: str) -> int:
    """Call the candidate of every seat that was not called yet; how many."""
    waiting = [i for i, seat in enumerate(_panel(platform, name, lot).seats) if seat.state == "drawn"]
    for seat in waiting:
        committee.call(platform, name, lot, seat, channel)
    return len(waiting)


def deliver(
    platform: Platform,
    carriers: Mapping[str, Carrier],
    reach: Callable[[str], Contact],
    title: Callable[[str], str],
    letter: Mapping[str, str | int],
) -> None:
    """Take one letter to the expert it is for and put the carrier's word on record; nothing when he answered already.

    Raises:
        Missing: ``call.channel`` when this process has no carrier of that name; the letter waits for one that has.
        OSError: the carrier does not know whether it got there; the letter is sent again.
    """
    panel, number, attempt = str(letter["panel"]), int(letter["seat"]), int(letter["attempt"])
    name, _, lot = panel.rpartition(".")
    seat = _panel(platform, name, lot).seats[number]
    if (seat.id, seat.state, seat.calls) != (letter["expert"], "called", attempt) or seat.delivered >= attempt:
        return
    carrier = carriers.get(seat.channel)
    if carrier is None:
        raise Missing("call.channel", channel=seat.channel)
    message, contact, at = _words(platform, name, lot, number, seat, title), reach(seat.id), platform.clock()
    carried = carrier.carry(contact, message, at)
    said = _delivery(platform, panel, number, seat, message, contact, carried)
    stored = _kept(platform, said)
    try:
        command = RecordDelivery(number, attempt, stored, carried.reached)
        platform.ledger.act(facts.panel(name, lot), command, actor=DRAW)
    except Refused:
        # He declined before the carrier's word was here: the refusal stands in the log, and the seat is another's.
        return


def answer(platform: Platform, code: str, said: str, signature: bytes = b"", proves: Proves = lambda *_: False) -> Recorded:
    """The called expert's answer: the code of any attempt made to him, and his account's signature where he gives one.

    Raises:
        Invalid: ``call.answer``.
        Denied: ``call.code`` for a code that no open call has, ``call.proof`` for a signature that is not his.
    """
    name, lot, number, attempt = waiting(platform, code)
    expert = _panel(platform, name, lot).seats[number].id
    right = answers.code(platform.derive, f"{name}.{lot}", number, attempt, expert)
    means, proof = proved(platform.ledger.origin, right, said, signature, lambda sig, message: proves(expert, sig, message))
    at = platform.clock()
    stored = _kept(platform, Answer(FORMAT, f"{name}.{lot}", number, attempt, expert, said, means, proof, at))
    command = RecordReply(number, "accept" if said == "accept" else "decline", stored)
    return committee.reply(platform, Actor(id=expert, kind="user", role="expert"), name, lot, command)


def waiting(platform: Platform, code: str) -> tuple[str, str, int, int]:
    """Tender, lot, seat and attempt of the open call that has this code.

    Codes are looked for among the calls that are open, which are few, because none is stored.

    Raises:
        Denied: ``call.code``.
    """
    with reading(platform.engine) as db:
        open_calls = queries.called(db)
    for panel, seat, expert, calls in open_calls:
        for attempt in range(calls, 0, -1):
            if answers.same(code, answers.code(platform.derive, panel, seat, attempt, expert)):
                name, _, lot = panel.rpartition(".")
                return name, lot, seat, attempt
    raise Denied("call.code")


def ring(platform: Platform, name: str, lot: str, channel: str = "") -> None:
    """What the bell does for a panel: begin to call on the settings' ``channel``; fill what stayed vacant; call again, or record
    silence, where the window is over.  Without a channel an operator's device calls, and its seats are left alone.
    """
    committee.refill(platform, name, lot)
    if channel:
        begin(platform, name, lot, channel)
    plan = _panel(platform, name, lot).plan
    assert plan is not None
    for number in range(len(_panel(platform, name, lot).seats)):
        seat, at = _panel(platform, name, lot).seats[number], platform.clock()
        over = seat.state == "called" and seat.channel in AUTOMATIC and at >= seat.called_at + plan.call_minutes * MINUTE
        if over and seat.calls < plan.call_attempts:
            committee.call(platform, name, lot, number, seat.channel)
        elif over:
            stored = _kept(platform, Silence(FORMAT, f"{name}.{lot}", number, seat.id, seat.calls, seat.deliveries, at))
            committee.reply(platform, DRAW, name, lot, RecordReply(number, "timeout", stored))


def _words(platform: Platform, name: str, lot: str, number: int, seat: Seat, title: Callable[[str], str]) -> Words:
    tender, plan = platform.ledger.state(facts.tender(name)), _panel(platform, name, lot).plan
    assert isinstance(tender, Tender) and plan is not None
    call = Call(
        category=title(seat.cat) or seat.cat,
        place=platform.operator,
        begins_at=tender.times.deadline,
        answer_by=seat.called_at + plan.call_minutes * MINUTE,
        token=answers.code(platform.derive, f"{name}.{lot}", number, seat.calls, seat.id),
        address=f"{platform.url}/calls",
    )
    return words(call)


def _delivery(
    platform: Platform, panel: str, number: int, seat: Seat, message: Words, contact: Contact, carried: Carried
) -> Delivery:
    return Delivery(
        format=FORMAT,
        panel=panel,
        seat=number,
        attempt=seat.calls,
        expert=seat.id,
        channel=seat.channel,
        message=message.id,
        text=sha256(message.text.encode()).hexdigest(),
        address=platform.derive(f"contact/{contact.mail}/{contact.phone}").hex(),
        reached=carried.reached,
        answer=carried.answer,
        at=platform.clock(),
    )


def _kept(platform: Platform, said: Delivery | Answer | Silence) -> str:
    """Keep a record in the vault; its digest is the evidence."""
    return platform.keep(answers.record(said), "call.json", "application/json").sha256


def _panel(platform: Platform, name: str, lot: str) -> Panel:
    state = platform.ledger.state(facts.panel(name, lot))
    assert isinstance(state, Panel)
    return state
