"""Who paid the bid securities, as the bank confirmed it: recorded after the opening, accounts as digests of each tender's own."""

import unicodedata

from archive.bodies import Blob
from archive.ledger import Recorded
from archive.values import Actor, Instant, Value
from trading.commands import RecordDeposits
from trading.desk import facts, publication
from trading.platform import Platform
from trading.tender import Deposit, Tender


class Paid(Value, frozen=True):
    """A line of the bank's: whose bid the security is for, the account that paid it, when it arrived."""

    bidder: str
    account: str
    received_at: Instant


def confirm(
    platform: Platform, actor: Actor, name: str, lot: str, paid: tuple[Paid, ...], statement: Blob, key: str | None = None
) -> Recorded:
    """Put on record what the bank's ``statement`` says.

    Raises:
        Refused: a code of `trading.lifecycle.LAW`, itself on record.
    """
    lines = tuple(Deposit(line.bidder, account(platform, name, line.account), line.received_at) for line in paid)
    command = RecordDeposits(lot, lines, statement.sha256)
    return publication.act(platform, actor, name, command, blobs=(statement,), key=key)


def confirmed(platform: Platform, name: str, lot: str) -> dict[str, str]:
    """By bidder the account that the bank confirmed, as `account` names it."""
    tender = platform.ledger.state(facts.tender(name))
    assert isinstance(tender, Tender)
    return {line.bidder: line.account for one in tender.lots if one.spec.id == lot for line in one.deposits}


def account(platform: Platform, name: str, written: str) -> str:
    """The digest of an account within a tender, however its number is written (width, blanks, hyphens, case)."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", written).casefold() if c.isalnum())
    return platform.derive(f"deposit/{name}/{plain}").hex()
