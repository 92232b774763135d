"""A platform as its bidders and trustees reach it: over HTTP, believing nothing but what the log proves.

`web` asks, `tus` sends ciphertext, `record` reads streams of the log and checks every entry of them.  Standard
library underneath; nothing here knows a database or a framework.
"""

from trading.client.record import Followed, Pinned, follow, receipt_of
from trading.client.tus import send
from trading.client.web import Clock, Place, Web, place_of

__all__ = ["Clock", "Followed", "Pinned", "Place", "Web", "follow", "place_of", "receipt_of", "send"]
