"""What a tender publishes as OCDS 1.1.5, with the bids and lots extensions.

Pure.  Whoever keeps the state maps it to `Published`; nothing here knows a stream.  Amounts leave as exact
decimals, instants as RFC 3339 in Beijing time with microseconds where there are any.  Bids are there only
after their opening: neither they nor how many there are can be published before ``ends_at``.
The prefix of an ocid must be registered with the standard's keepers before data is called official.
"""

from trading.ocds.published import (
    Change,
    File,
    Organisation,
    Published,
    PublishedAward,
    PublishedBid,
    PublishedContract,
    PublishedItem,
    PublishedLot,
    Span,
)
from trading.ocds.release import package_json, release, release_json

__all__ = [
    "Change",
    "File",
    "Organisation",
    "Published",
    "PublishedAward",
    "PublishedBid",
    "PublishedContract",
    "PublishedItem",
    "PublishedLot",
    "Span",
    "package_json",
    "release",
    "release_json",
]
