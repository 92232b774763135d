"""Many bids for one lot under five trustees, and what opens them: for tests and figures of an opening at scale."""

import secrets
from dataclasses import dataclass
from io import BytesIO

from bidding import tool
from bidding.box import Box, ClosingList, ReleaseShares
from bidding.custody import soft, take_turn
from bidding.sealing import Policy, encode_policy, policy_hash
from bidding.tool import Fresh, Identity, Place
from tests.market import NAME, Market
from trading.demo import cast
from trading.demo.players import Keeper, speak
from trading.desk import bids, facts, opening

PLACE = Place(NAME, "1")


@dataclass(frozen=True)
class Sealed:
    """A bidder with its envelope and its bodies."""

    who: Identity
    envelope: bytes
    bodies: tuple[bytes, ...]


def five() -> list[Keeper]:
    """Five trustees of five institutions."""
    units = (cast.AGENCY_WORKS, cast.REGULATOR, cast.CENTRE, cast.NOTARY, cast.PURCHASER)
    roles = ("agency", "regulator", "platform", "notary", "regulator")
    return [Keeper.make(unit, role, secrets.token_bytes) for unit, role in zip(units, roles, strict=True)]


def sealed(rules: Policy, n: int) -> Sealed:
    """The bid of bidder ``n``; prices ascend."""
    who, sinks = Identity(f"9153050{n:011d}", secrets.token_bytes(32)), [BytesIO(), BytesIO()]
    fresh = Fresh(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))
    form: dict[str, object] = {"bidder_name": f"演示{n}", "price": str(450_000_000 + n)}
    raw = tool.seal_bid(rules, PLACE, who, fresh, form, [], sinks)
    return Sealed(who, raw, tuple(s.getvalue() for s in sinks))


def hand_in(made: Market, bid: Sealed) -> None:
    """Upload and submit one bid."""
    platform = made.platform
    actor = speak(cast.SUPPLIERS[0]._replace(code=bid.who.bidder), "bidder")
    for body in bid.bodies:
        upload = platform.uploads.create(actor.id, len(body), platform.clock())
        platform.uploads.append(upload.id, actor.id, 0, [body], platform.clock())
    message = tool.submission(bid.who, PLACE, [bid.envelope], 1, b"", 1)
    bids.submit(platform, actor, NAME, "1", message, (bid.envelope,), platform.clock())


def box(made: Market) -> Box:
    """The box as it stands."""
    state = made.platform.ledger.state(facts.box(NAME, "1"))
    assert isinstance(state, Box)
    return state


def turns(made: Market, keepers: list[Keeper]) -> list[tuple[Keeper, ReleaseShares]]:
    """What each of the keepers, the first trustees of the policy, releases."""
    now = box(made)
    named = policy_hash(bytes.fromhex(now.policy)).hex()
    listed = ClosingList(now.tender, now.lot, now.closes_at, named, now.stages, now.listed)
    envelopes = dict(opening.listed(made.platform, NAME, "1"))
    return [
        (keeper, release)
        for j, keeper in enumerate(keepers, 1)
        for release in take_turn(listed, now.closing_list, 1, encode_policy(now.rules), envelopes, j, soft(keeper.sk)).releases
    ]


def release(made: Market, keeper: Keeper, command: ReleaseShares) -> None:
    """A trustee's answer."""
    opening.release(made.platform, speak(keeper.unit, keeper.role), NAME, "1", command)
