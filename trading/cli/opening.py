"""At the opening, from both sides: a bidder publishes its seeds, a trustee takes its turn; by the logged list alone."""

from collections.abc import Iterator, Sequence

from msgspec import to_builtins

from archive.errors import Invalid
from bidding.box import Complain, DestroyKey, PublishSeed, ReleaseShares, Seed
from bidding.box.facts import SHARES
from bidding.custody import Turn
from bidding.sealing import envelope_id
from trading.cli.sealing import sealed_of
from trading.cli.watching import looked
from trading.cli.work import EVIDENCE, Work
from trading.client import receipts
from trading.client.terms import Closing, closing_of
from trading.client.web import Place, Web, lot_path


def act(work: Work, web: Web, at: Place, command: PublishSeed | ReleaseShares | Complain | DestroyKey) -> str:
    """Hand in one act and keep its receipt, which holds; gives the receipt's path.

    Raises:
        SunlitError: what the platform said.  Damaged: ``client.receipt``.
    """
    answer = web.post(f"{lot_path(at)}/opening/acts", to_builtins(command)).json()
    raw = str(answer["receipt"]).encode()
    shown = receipts.proven(raw, work.pinned())
    return str(work.keep(raw, EVIDENCE, f"{shown.id}.tlog-proof"))


def publish_seeds(work: Work, lot: str) -> int:
    """解密 (mode B): the seeds of one's own envelopes on the logged closing list; how many.

    Raises:
        Invalid: ``client.not-closed``, ``client.not-listed``.
    """
    terms = work.terms()
    wanted = terms.lot(lot)
    web, at = work.web(terms.base, logged_in=True), work.place(wanted.id)
    looked(work, web)
    closing = closing_of(web, work.pinned(), at, work.prove)
    own = [
        Seed(sealed.draft.envelope, sealed.seeds.seed)
        for sealed in sealed_of(work, wanted.id, closing.stage)
        if sealed.draft.envelope in closing.envelopes
    ]
    if not own:
        raise Invalid("client.not-listed")
    for batch in _batches(own):
        act(work, web, at, PublishSeed(closing.listed.hash, tuple(batch)))
    return len(own)


def _batches(seeds: Sequence[Seed]) -> Iterator[Sequence[Seed]]:
    for at in range(0, len(seeds), SHARES):
        yield seeds[at : at + SHARES]


def listed_envelopes(web: Web, at: Place, closing: Closing) -> dict[str, bytes]:
    """The bytes of every envelope that may be opened now; what is not what its id says is left to the caller's check.

    Raises:
        Invalid: ``client.not-closed`` where the platform withholds one that the list names.
    """
    told = web.get(f"{lot_path(at)}/envelopes").json()
    found = {str(e["id"]): bytes.fromhex(e["envelope"]) for e in told["envelopes"] if e["id"] in closing.envelopes}
    missing = sorted(set(closing.envelopes) - set(found))
    if missing or any(envelope_id(raw).hex() != id for id, raw in found.items()):
        raise Invalid("client.envelopes", missing=missing)
    return found


def hand_over(work: Work, web: Web, at: Place, turn: Turn) -> tuple[int, int]:
    """Release what there is, complain of the rest; how many shares and complaints were taken."""
    for release in turn.releases:
        act(work, web, at, release)
    for complaint in turn.complaints:
        act(work, web, at, complaint)
    return sum(len(r.shares) for r in turn.releases), len(turn.complaints)
