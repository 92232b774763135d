"""试解密: a test envelope for each lot, opened by its trustees before the deadline, one after another.

The test is drawn from the platform's own secret, so nothing of it is stored and it is always the same; it can be no bid.
Each answer goes on record together with those before it, which the platform can make again, being the test's maker.
"""

from archive.errors import Denied, Missing
from archive.ledger import Recorded
from archive.values import Actor
from bidding.box import Box, DrillTrustees
from bidding.custody import make_test
from bidding.opening import Release
from bidding.sealing import Secrets, parse_envelope, shares
from trading.desk import facts
from trading.platform import Platform


def test_envelope(platform: Platform, name: str, lot: str) -> bytes:
    """The test of a lot.

    Raises:
        Missing: ``box.missing`` before the notice.
    """
    box = platform.ledger.state(facts.box(name, lot))
    assert isinstance(box, Box)
    return _test(platform, name, lot, box)


def drill(platform: Platform, actor: Actor, name: str, lot: str, answer: Release) -> Recorded:
    """A trustee's answer to the test.

    Raises:
        Denied: ``web.forbidden`` for everybody but the organisation that holds this key.
        Refused: as the box's rules.
    """
    stream = facts.box(name, lot)
    with platform.ledger.begin(actor=actor, write={stream}) as tx:
        box = tx.state(stream)
        assert isinstance(box, Box)
        raw = _test(platform, name, lot, box)
        if not 1 <= answer.j <= len(box.trustees) or not actor.org or actor.org != box.trustees[answer.j - 1]:
            raise Denied("web.forbidden")
        secrets = Secrets(_fresh(platform, name, lot, "seed"), parse_envelope(raw).ctx)
        before = [
            Release(s.j, s.share.hex(), s.blind.hex())
            for s in shares(box.rules, secrets)
            if s.j in box.drilled and s.j != answer.j
        ]
        tx.act(stream, DrillTrustees(raw.hex(), (*before, answer)))
    return tx.recorded[0]


def _test(platform: Platform, name: str, lot: str, box: Box) -> bytes:
    if box.phase == "none":
        raise Missing("box.missing", tender=name, lot=lot)
    return make_test(box.rules, name, lambda what: _fresh(platform, name, lot, what))


def _fresh(platform: Platform, name: str, lot: str, what: str) -> bytes:
    return platform.derive(f"drill/{name}/{lot}/{what}")[:32]
