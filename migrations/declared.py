"""Where tables are declared."""

from importlib import import_module

DECLARING = (
    "archive.outbox",
    "bidding.envelopes",
    "bidding.tables",
    "bidding.uploads",
    "experts.tables",
    "trading.arrivals",
    "trading.desk.outages",
    "trading.identity",
    "trading.runs",
    "trading.tables",
)
"""Every module that declares tables in `archive.database.METADATA`."""


def declare() -> None:
    """Import them all, so that the metadata is whole."""
    for name in DECLARING:
        import_module(name)
