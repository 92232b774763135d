"""A tender from the first bid to the record, through the ledger: who sees what at each moment (cn-rules 2.1)."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, select

from archive.errors import Refused
from archive.keys import Keys
from archive.ledger import Ledger
from archive.ledger.audit import audit
from archive.shelves import Folder
from archive.values import MINUTE, Actor, Instant
from archive.vault import Vault
from bidding import box, queries, sealed, sealing
from bidding.queries import PUBLIC, Viewer
from bidding.tables import box_envelope, sealed_bid
from tests.unit.bidding import parties
from tests.unit.bidding.hall import Hall
from tests.unit.bidding.parties import CLOSES, LOT, OPENS, TENDER

BOX = f"box/{TENDER}.{LOT}"
BELL = Actor.system("bell")
HOST = Viewer("host", "host")


class Sale:
    """One tender over a real ledger; ``now`` is the clock."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.now: Instant = OPENS
        self.engine = engine
        source = random.Random(7)
        deciders = {"box": box.DECIDER, "sealed": sealed.DECIDER}
        vault = Vault(Folder(folder / "vault"))
        self.ledger = Ledger(
            engine, deciders, Keys.fleeting(source.randbytes), vault, lambda: self.now, source.randbytes, "log.example/1", "r1"
        )
        self.hall = Hall(parties.policy(modes=3)).enter("a", "b", "c")
        self.act(self.hall.opening)

    def act(self, command: box.Command, actor: Actor = BELL, facts: box.Facts | None = None) -> None:
        self.ledger.act(BOX, command, actor=actor, facts=facts)
        self.hall.state = self.ledger.state(BOX)

    def submit(self) -> None:
        raw = sealing.encode_policy(self.hall.policy).hex()
        terms = sealed.Terms(tender=TENDER, lot=LOT, stages=(1,), policy=raw, closes_at=CLOSES, opens_at=OPENS)
        for n, e in enumerate(self.hall.entered):
            self.now = OPENS + (n + 1) * MINUTE
            message = e.bidder.message(*e.envelopes)
            command = sealed.Submit(message.hex(), tuple(x.raw.hex() for x in e.envelopes))
            self.ledger.act(e.stream, command, actor=e.bidder.actor, facts=terms, rx=self.now)

    def close(self) -> None:
        self.now = CLOSES
        streams = {e.stream for e in self.hall.entered}
        with self.ledger.begin(actor=BELL, write={BOX}, read=streams) as tx:
            held = []
            for e in self.hall.entered:
                bid, head = tx.state(e.stream), tx.head(e.stream)
                plain = e.held(last_seq=head.last_seq, last_leaf=head.last_leaf)
                held.append(replace(plain, submission_hash=bid.submission_hash, received_at=bid.received_at))
            tx.act(BOX, box.CloseBox(), facts=box.Held(tuple(held)))
        self.hall.state = self.ledger.state(BOX)
        names = tuple(box.Named(e.stream, e.bidder.name, f"{e.bidder.name}公司") for e in self.hall.entered)
        self.act(box.NameBidders(), facts=box.Names(names))

    def decrypt(self) -> None:
        for j in (1, 2):
            command, _, actor, facts = self.hall.releasing(j, "a", "b", "c", at=self.now)
            self.act(command, actor, facts)
        for name in "abc":
            command, facts = self.hall.judging(name)
            self.act(command, facts=facts)
        self.act(box.ConcludeOpening())

    def shown(self, viewer: Viewer = PUBLIC) -> list[queries.EnvelopeView]:
        with self.engine.connect() as db:
            return list(queries.envelopes(db, TENDER, LOT, viewer))

    def seen(self) -> queries.BoxView:
        with self.engine.connect() as db:
            view = queries.box_of(db, TENDER, LOT)
        assert view is not None
        return view


@pytest.fixture
def sale(sqlite: Engine, tmp_path: Path) -> Iterator[Sale]:
    yield Sale(sqlite, tmp_path)


def test_before_the_deadline_nobody_learns_whether_there_are_bids(sale: Sale) -> None:
    before = sale.seen()
    sale.submit()
    assert sale.seen() == before and before.count is None
    for viewer in (PUBLIC, HOST, Viewer("bidder", "a"), Viewer("host", "a")):
        assert sale.shown(viewer) == []


def test_before_the_deadline_a_bidder_sees_its_own_bid_and_no_other(sale: Sale) -> None:
    sale.submit()
    with sale.engine.connect() as db:
        (own,) = queries.own_bids(db, Viewer("bidder", "b"))
        assert (own.stream, own.standing, own.tender, own.lot) == (sale.hall.by("b").stream, "in-force", TENDER, LOT)
        assert own.envelopes == (sale.hall.by("b").envelopes[0].id.hex(),)
        assert queries.own_bids(db, PUBLIC) == [] and queries.own_bids(db, HOST) == []
        assert len(db.execute(select(sealed_bid)).all()) == 3


def test_at_the_closing_count_and_names_appear_but_no_form(sale: Sale) -> None:
    sale.submit()
    sale.close()
    view = sale.seen()
    assert (view.count, view.phase, view.closing_list) == (3, "opening", sale.hall.state.closing_list)
    shown = sale.shown()
    assert {e.name for e in shown} == {"a公司", "b公司", "c公司"} and all(e.form is None and e.verdict == "" for e in shown)
    assert [e.received_at for e in shown] == sorted(e.received_at for e in shown)


def test_while_nothing_is_read_aloud_forms_are_the_hosts_and_each_bidders_own(sale: Sale) -> None:
    sale.submit()
    sale.close()
    sale.decrypt()
    assert all(e.form is None and e.verdict == "opened" for e in sale.shown())
    assert all(e.form is not None for e in sale.shown(HOST))
    assert {e.org for e in sale.shown(Viewer("bidder", "a")) if e.form is not None} == {"a"}


def test_what_is_read_aloud_is_everybodys(sale: Sale) -> None:
    sale.submit()
    sale.close()
    sale.decrypt()
    sale.act(box.ReadAloud())
    forms = [e.form for e in sale.shown()]
    assert all(f is not None and f.price == "999000000" for f in forms)


def test_who_objected_is_shown_to_the_parties_only(sale: Sale) -> None:
    sale.submit()
    sale.close()
    sale.decrypt()
    sale.act(box.ObjectToOpening("唱标金额有误"), sale.hall.by("a").bidder.actor)
    with sale.engine.connect() as db:
        seen = {v: queries.objections(db, BOX, v)[0].org for v in (PUBLIC, HOST, Viewer("bidder", "a"), Viewer("bidder", "b"))}
    assert list(seen.values()) == ["", "a", "a", ""]


def test_a_box_that_stays_sealed_names_nobody(sqlite: Engine, tmp_path: Path) -> None:
    sale = Sale(sqlite, tmp_path)
    sale.hall.entered = sale.hall.entered[:2]
    sale.submit()
    sale.now = CLOSES
    sale.act(box.CloseBox(), facts=box.Held(tuple(e.held() for e in sale.hall.entered)))
    assert (sale.seen().count, sale.seen().phase, sale.shown(HOST)) == (2, "kept", [])


def test_all_boxes_of_a_tender_are_found(sale: Sale) -> None:
    sale.ledger.act(f"box/{TENDER}.L2", replace(sale.hall.opening, lot="L2"), actor=BELL)
    with sale.engine.connect() as db:
        assert [b.lot for b in queries.boxes_of(db, TENDER)] == ["L1", "L2"]
        assert queries.box_of(db, TENDER, "L9") is None


def test_no_column_of_a_projection_holds_a_share_or_a_seed(sale: Sale) -> None:
    sale.submit()
    sale.close()
    sale.decrypt()
    with sale.engine.connect() as db:
        dump = repr(db.execute(select(box_envelope)).all()) + repr(db.execute(select(sealed_bid)).all())
    for e in sale.hall.entered:
        envelope = e.envelopes[0]
        assert envelope.seed.hex() not in dump
        assert all(r.share not in dump and r.r not in dump for r in envelope.releases(1, 2, 3))


def test_a_whole_sale_replays_without_a_divergence(sale: Sale) -> None:
    sale.submit()
    thief = sale.hall.by("a").bidder.actor
    with pytest.raises(Refused):
        sale.act(box.CloseBox(), thief, box.Held(()))
    sale.close()
    sale.decrypt()
    sale.act(box.ReadAloud())
    sale.act(box.ObjectToOpening("唱标金额有误"), thief)
    sale.act(box.AnswerObjection(1, "与信封一致"))
    sale.act(box.ConfirmRecord(), thief)
    sale.act(box.FinishOpening())
    sale.ledger.integrate()
    sale.ledger.checkpoint()
    report = audit(sale.ledger)
    assert report.text() == ""
    assert report.verdicts() == {"L1": "pass", "L2": "pass", "L3": "pass"}
