"""What the desk read elsewhere in the same transaction and tells a tender's rules."""

from archive.values import Instant, Message
from trading.tender.values import CatalogueEntry, Closing, Mandate, Predecessor, SealedHead


class TenderFacts(Message, frozen=True, tag="tender.facts"):
    """What the desk read elsewhere in the same transaction; absent means nothing is known.

    ``roles`` are the granted roles of the actor's organisation (`trading.parties.ROLES`, and panel for a committee's
    chair); ``interest`` is how an objector relates to the tender (bidder, participant, other interested);
    ``known_at`` is when a challenger obtained the documents; ``opening`` is the digest of the opening record's rows as a
    lot's box has them once its opening is finished; ``locked_at`` is when the lot's technical evaluation was locked, and
    ``admitted`` how many bids were still in.
    """

    roles: tuple[str, ...] = ()
    verified: bool = False
    suspended: bool = False
    mandate: Mandate | None = None
    catalogue: CatalogueEntry | None = None
    closings: tuple[Closing, ...] = ()
    heads: tuple[SealedHead, ...] = ()
    interest: str = ""
    known_at: Instant = 0
    predecessor: Predecessor | None = None
    opening: str = ""
    locked_at: Instant = 0
    admitted: int = 0
