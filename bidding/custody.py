"""A trustee's own turn: what it releases and what it complains of, decided by the closing list and never by a clock.

The trustee runs this on its own machine with its key for the tender.  It believes the platform nothing but
the list that stands in the log (whose inclusion it has checked there) and the bytes of the envelopes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from archive.errors import Invalid
from bidding.box.commands import Complain, ReleaseShares, Share
from bidding.box.facts import SHARES
from bidding.box.state import ClosingList
from bidding.sealing import envelope_id, parse_envelope, parse_policy, policy_hash, trustee_open


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """The commands to hand in: releases in batches, and a complaint for every share that is none."""

    releases: tuple[ReleaseShares, ...]
    complaints: tuple[Complain, ...]


def take_turn(
    closing: ClosingList, logged_hash: str, stage: int, policy: bytes, envelopes: Mapping[str, bytes], j: int, sk: bytes
) -> Turn:
    """Trustee ``j`` opens its shares of ``envelopes`` (bytes by id, hex) with its private key ``sk``.

    ``logged_hash`` is the closing list's hash as the log has it, ``policy`` the bytes of the policy that the
    trustee keeps from before the tender opened.  Nothing is opened unless everything fits.

    Raises:
        Invalid: ``custody.list`` when list and log or list and policy do not fit, ``custody.envelope`` when an
            envelope is not of this stage of the list, or is not what its id says.
    """
    if closing.hash != logged_hash or closing.policy_hash != policy_hash(policy).hex() or stage not in closing.stages:
        raise Invalid("custody.list", hash=logged_hash)
    place = closing.stages.index(stage)
    listed = {bid.envelopes[place] for bid in closing.bids}
    read, shares, complaints = parse_policy(policy), list[Share](), list[Complain]()
    for id, raw in sorted(envelopes.items()):
        if id not in listed or envelope_id(raw).hex() != id:
            raise Invalid("custody.envelope", envelope=id)
    for id, raw in sorted(envelopes.items()):
        share = trustee_open(read, parse_envelope(raw), j, sk)
        if share is None:
            complaints.append(Complain(logged_hash, j, id))
        else:
            shares.append(Share(id, share.share.hex(), share.blind.hex()))
    batches = (tuple(shares[at : at + SHARES]) for at in range(0, len(shares), SHARES))
    return Turn(tuple(ReleaseShares(logged_hash, j, batch) for batch in batches), tuple(complaints))
