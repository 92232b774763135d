"""What a trustee does at the command line, with its key in memory for no longer than that.

<folder>/key.json        the key under its passphrase; destroyed.json in its place once it is no more
<folder>/policy          the policy as it was when possession was proved, hex: no other one is worked under
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct, to_builtins

from archive.canonical import encode
from archive.errors import Invalid
from archive.values import Instant
from bidding.box import Box, Complain, DestroyKey, KeyDestroyed, OpeningFinished, StagesEnded, evolve
from bidding.custody import TEST, answer_test, make_test, soft, take_turn
from bidding.opening import Release
from bidding.sealing import (
    Policy,
    Share,
    Trustee,
    encode_policy,
    parse_envelope,
    parse_policy,
    policy_hash,
    release_good,
)
from bidding.sealing.keyfile import KeyFile, PublicPart, make_key, open_key, read_key
from trading.cli.opening import act, hand_over, listed_envelopes
from trading.cli.watching import looked
from trading.cli.work import EVIDENCE, TERMS, Work, wiped
from trading.client import receipts
from trading.client.record import follow
from trading.client.terms import BOX, LotTerms, Terms, closing_of, learn
from trading.client.web import clock_of, lot_path, own_clock, place_of

KEY, POLICY, DESTROYED = "key.json", "policy", "destroyed.json"
OVER = ("kept", "finished")


class Destroyed(Struct, frozen=True):
    """What is left of a key: its public part, and when it was overwritten."""

    public: PublicPart
    at: Instant


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a drill: whose, who has answered by now, and where the receipt is."""

    j: int
    all: tuple[int, ...]
    receipt: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A trustee's turn: the list's hash, and how much was released and complained of."""

    listed: str
    envelopes: int
    released: int
    complaints: int


def make(work: Work, operator: str, tender: str, role: int, suite: int, phrase: str) -> str:
    """A key of one's own; gives its public part as a line.

    Raises:
        Invalid: ``trustee.key-exists``, ``keyfile.passphrase-short``, ``keyfile.form``.
    """
    if work.read(KEY) is not None or work.read(DESTROYED) is not None:
        raise Invalid("trustee.key-exists", folder=str(work.folder))
    drawn = secrets.token_bytes(32), secrets.token_bytes(16), secrets.token_bytes(12)
    public, raw = make_key(operator, tender, role, suite, phrase, *drawn)
    work.keep(raw, KEY, secret=True)
    return encode(public).decode()


def _key(work: Work) -> bytes:
    raw = work.read(KEY)
    if raw is None:
        raise Invalid("trustee.no-key", folder=str(work.folder))
    return raw


def public_line(work: Work) -> str:
    """The public part of the folder's key."""
    return encode(read_key(_key(work)).public).decode()


def assembled(publics: Sequence[bytes], k: int, modes: int) -> tuple[str, bytes, str]:
    """A policy in hex, a test envelope under it, and the policy's hash.

    Raises:
        Invalid: ``keyfile.form`` for what is no public part, ``trustee.tenders`` for parts of different tenders,
            ``sealing.policy``.
    """
    try:
        parts = [msgspec.json.decode(raw, type=PublicPart) for raw in publics]
    except msgspec.MsgspecError as e:
        raise Invalid("keyfile.form", why=str(e)[:200]) from None
    tenders = {part.tender for part in parts}
    if len(tenders) != 1:
        raise Invalid("trustee.tenders", tenders=sorted(tenders))
    policy = Policy(k, tuple(Trustee(p.role, p.suite, bytes.fromhex(p.pk), p.operator) for p in parts), modes)
    raw = encode_policy(policy)
    test = make_test(policy, tenders.pop(), lambda _what: secrets.token_bytes(32))
    return raw.hex(), test, policy_hash(raw).hex()


def _policy(text: str) -> Policy:
    try:
        return parse_policy(bytes.fromhex(text.strip()))
    except ValueError:
        raise Invalid("sealing.policy", at=0, why="hex") from None


def _j(public: PublicPart, policy: Policy) -> int:
    """Which line of a policy a key is.

    Raises:
        Invalid: ``trustee.not-in-policy``.
    """
    for j, line in enumerate(policy.trustees, 1):
        if (line.pk.hex(), line.suite, line.operator) == (public.pk, public.suite, public.operator):
            return j
    raise Invalid("trustee.not-in-policy", operator=public.operator)


def prove_possession(work: Work, test: bytes, policy_text: str, phrase: str) -> str:
    """One's share of a test envelope as a line; the policy is the folder's from here on.

    Raises:
        Invalid: ``custody.no-test``, ``custody.no-share``, ``trustee.not-in-policy``, ``trustee.policy``.
        Denied: ``keyfile.passphrase``.
    """
    file, policy = read_key(_key(work)), _policy(policy_text)
    j = _j(file.public, policy)
    if parse_envelope(test).context.tender != TEST + file.public.tender:
        raise Invalid("custody.no-test", tender=parse_envelope(test).context.tender)
    answer = answer_test(policy, test, j, soft(open_key(file, phrase)))
    _pin_policy(work, policy_text.strip())
    return encode(answer).decode()


def _pin_policy(work: Work, text: str) -> None:
    known = work.read(POLICY)
    if known is None:
        work.keep(text.encode() + b"\n", POLICY)
    elif known.decode().strip() != text:
        raise Invalid("trustee.policy", file=str(work.path(POLICY)))


def proved(test: bytes, answers: Sequence[bytes], policy_text: str) -> list[tuple[str, bool]]:
    """For each trustee of a policy its organisation, and whether one of the answers is its good share."""
    envelope, policy = parse_envelope(test), _policy(policy_text)
    good = set()
    for raw in answers:
        try:
            told = msgspec.json.decode(raw, type=Release)
            share = Share(told.j, bytes.fromhex(told.share), bytes.fromhex(told.r))
        except (msgspec.MsgspecError, ValueError):
            continue
        if release_good(envelope, share):
            good.add(share.j)
    return [(line.operator, j in good) for j, line in enumerate(policy.trustees, 1)]


def joined(work: Work, url: str, trust: bytes | None) -> tuple[Terms, dict[str, int]]:
    """A published tender's terms, kept, and which trustee one is of each lot.

    Raises:
        Invalid: ``trustee.not-in-policy``, ``trustee.policy`` where a lot has another policy than possession was proved
            under, ``trustee.other-tender``, ``client.pinned``.  Damaged: ``client.log``.
    """
    public, place = read_key(_key(work)).public, place_of(url)
    if place.tender != public.tender:
        raise Invalid("trustee.other-tender", tender=place.tender, own=public.tender)
    web = work.web(place.base)
    pinned = work.pin(web.get("/log/policy").body if trust is None else trust)
    looked(work, web)
    terms = learn(web, pinned, place, clock_of(web), work.prove)
    places = {}
    for lot in terms.lots:
        places[lot.id] = _j(public, _policy(lot.policy))
        _pin_policy(work, lot.policy)
    work.keep_json(terms, TERMS)
    return terms, places


def answer_drill(work: Work, lot: str, phrase: str) -> Answered:
    """Open the lot's test envelope and say so.

    Raises:
        Invalid: ``custody.no-test``: whatever the platform passes off as a test is not opened where it could be a bid.
    """
    terms, wanted, j, file = _at(work, lot)
    web, at = work.web(terms.base, logged_in=True), work.place(wanted.id)
    test = bytes.fromhex(web.get(f"{lot_path(at)}/drill").json()["envelope"])
    answer = answer_test(_policy(wanted.policy), test, j, soft(open_key(file, phrase)))
    raw = str(web.post(f"{lot_path(at)}/drill", to_builtins(answer)).json()["receipt"]).encode()
    shown = receipts.proven(raw, work.pinned())
    path = work.keep(raw, EVIDENCE, f"{shown.id}.tlog-proof")
    answered = (int(n) for event in shown.events for n in event.get("answered", ()))
    return Answered(j, tuple(answered), str(path))


def take(work: Work, lot: str, phrase: Callable[[], str]) -> Taken:
    """Release what the logged closing list names; the key is not even opened without one.

    Raises:
        Invalid: ``client.not-closed``, ``custody.list``, ``custody.envelope``, ``client.envelopes``.  Damaged: ``client.log``.
    """
    terms, wanted, j, file = _at(work, lot)
    web, at = work.web(terms.base, logged_in=True), work.place(wanted.id)
    looked(work, web)
    closing = closing_of(web, work.pinned(), at, work.prove)
    envelopes = listed_envelopes(web, at, closing)
    holder = soft(open_key(file, phrase()))
    turn = take_turn(closing.listed, closing.listed.hash, closing.stage, wanted.raw_policy, envelopes, j, holder)
    released, complaints = hand_over(work, web, at, turn)
    return Taken(closing.listed.hash, len(envelopes), released, complaints)


def complain_of(work: Work, lot: str, envelope: str, phrase: str, with_key: bool) -> str:
    """File a complaint of a listed envelope; gives the receipt's path.

    Raises:
        Invalid: ``client.not-closed``; ``client.not-listed`` for an envelope off the list.
    """
    terms, wanted, j, file = _at(work, lot)
    web, at = work.web(terms.base, logged_in=True), work.place(wanted.id)
    looked(work, web)
    closing = closing_of(web, work.pinned(), at, work.prove)
    if envelope not in closing.envelopes:
        raise Invalid("client.not-listed")
    sk = open_key(file, phrase)
    return act(work, web, at, Complain(closing.listed.hash, j, envelope, sk.hex() if with_key else ""))


def destroy_key(work: Work) -> list[tuple[str, str]]:
    """Overwrite the key, then put it on record for every lot; receipts by lot.

    The key is gone before anybody is told: a crash between leaves less said than done, and the next call says the rest.

    Raises:
        Invalid: ``trustee.not-over`` while a lot may still be opened.
    """
    terms = work.terms()
    web = work.web(terms.base, logged_in=True)
    known = work.json(Destroyed, DESTROYED)
    states = {lot.id: follow_box(work, terms, lot) for lot in terms.lots}
    running = sorted(id for id, state in states.items() if state.phase not in OVER)
    if known is None:
        if running:
            raise Invalid("trustee.not-over", lots=running)
        public = read_key(_key(work)).public
        wiped(work.path(KEY))
        known = Destroyed(public, own_clock())
        work.keep_json(known, DESTROYED)
    said = []
    for lot in terms.lots:
        j = _j(known.public, _policy(lot.policy))
        if j not in states[lot.id].destroyed:
            said.append((lot.id, act(work, web, work.place(lot.id), DestroyKey(j))))
    return said


def follow_box(work: Work, terms: Terms, lot: LotTerms) -> Box:
    """A lot's box as the log shows it now: what is withheld at the opening is passed over, the rest is checked singly."""
    followed = follow(work.web(terms.base), work.pinned(), BOX, f"box/{terms.tender}.{lot.id}", work.prove)
    state = followed.state
    assert isinstance(state, Box)
    for entry in followed.later:
        outcome = entry.body.data.outcome
        for event in (outcome.events or ()) if outcome else ():
            if isinstance(event, OpeningFinished | StagesEnded | KeyDestroyed):
                state = evolve(state, event)
    return state


def _at(work: Work, lot: str) -> tuple[Terms, LotTerms, int, KeyFile]:
    """The tender, a lot of it, which of its trustees one is, and the key's file."""
    file, terms = read_key(_key(work)), work.terms()
    wanted = terms.lot(lot)
    return terms, wanted, _j(file.public, _policy(wanted.policy)), file
