"""What the audience of the demonstration sees: every step, every refusal, where the papers lie."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from archive.bodies import Blob
from archive.errors import Refused
from trading.demo.players import Keeper
from trading.desk.bids import Receipt
from trading.platform import Platform


@dataclass
class Programme:
    """What the audience sees: a line for every step, the refusals among them, where papers are, which tenders stopped.

    ``keepers`` are the works tender's trustees, who keep their keys to themselves.
    """

    platform: Platform
    tell: Callable[[str, str], None]
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    papers: list[tuple[str, str, str]] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    receipts: list[tuple[str, bytes]] = field(default_factory=list)
    keepers: tuple[Keeper, ...] = ()

    def say(self, play: str, text: str) -> None:
        """One step."""
        self.tell(play, text)

    def paper(self, play: str, title: str, printed: Blob) -> None:
        """A paper was printed; its SHA-256 finds it in the vault."""
        self.papers.append((play, title, printed.sha256))

    def received(self, receipt: Receipt) -> None:
        """A bidder holds a receipt."""
        self.receipts.append((receipt.recorded.id, receipt.proof))

    @contextmanager
    def refusal(self, play: str, what: str) -> Iterator[None]:
        """Something that the platform must refuse, on record.

        Raises:
            AssertionError: when it did not.
        """
        try:
            yield
        except Refused as no:
            self.refused.append((play, what, no.code))
            self.say(play, f"拒绝 {what}：{no.code}")
        else:
            raise AssertionError(f"{what} was not refused")
