"""Where the log goes out: its shelves, its policy file, its publisher, as the settings have them."""

from collections.abc import Callable

from archive.anchors import Anchors
from archive.cosigning import Witnesses
from archive.decoys import Windows
from archive.errors import Invalid
from archive.ledger import Ledger
from archive.ledger.export import own_policy
from archive.publishing import Publishing
from archive.shelves import Shelf
from archive.vault import Vault
from bidding.queries import windows
from trading.settings import Configuration
from trading.shelving import escrow_shelf, public_shelf


def publishing_of(configuration: Configuration, ledger: Ledger, vault: Vault, random: Callable[[int], bytes]) -> Publishing:
    """The publisher of a log: its shelves, and the witnesses of its policy file.

    Raises:
        Fault: ``POLICY_BAD``.
        Invalid: ``publishing.policy``; ``settings.file`` when there is no such file.
    """
    log = configuration.settings.log

    def sealed(is_open: bool, since: int) -> Windows:
        return Windows(is_open, since or ledger.clock())

    public = public_shelf(configuration)
    return Publishing(
        ledger,
        public,
        escrow_shelf(configuration),
        vault,
        Witnesses(policy_of(configuration, ledger)) if log.policy else None,
        lambda connection: sealed(*windows(connection)),
        log.publish_seconds,
        random,
        log.grease,
        anchors_of(configuration, ledger, public),
        shared=configuration.settings.broker.driver == "redis",
    )


def anchors_of(configuration: Configuration, ledger: Ledger, public: Shelf) -> Anchors | None:
    """Who stamps the log's checkpoints with the time; None where the settings name nobody.

    Raises:
        Invalid: ``anchors.name``; ``settings.file`` for roots that cannot be read.
    """
    log = configuration.settings.log
    if not log.authorities:
        return None
    named = {name: url for name, _, url in (said.partition(" ") for said in log.authorities)}
    roots = _file(configuration, log.authority_roots) if log.authority_roots else None
    return Anchors(ledger, public, named, roots)


def policy_of(configuration: Configuration, ledger: Ledger) -> bytes:
    """The policy file that the settings name; without one, the log's keys and no witness.

    Raises:
        Invalid: ``settings.file``.
    """
    if not configuration.settings.log.policy:
        return own_policy(ledger.notary.keys)
    return _file(configuration, configuration.settings.log.policy)


def _file(configuration: Configuration, name: str) -> bytes:
    file = configuration.home / name
    try:
        return file.read_bytes()
    except OSError as e:
        raise Invalid("settings.file", file=str(file), why=e.strerror or "unreadable") from None
