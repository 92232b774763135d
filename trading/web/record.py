"""Comings, goings and denials on record, in ``session/<id>`` (`trading.access`).

A login that failed has no session; it stands in a stream named by a keyed digest of what was tried, so that the log
shows repeated attempts on one account without naming it.  Throttled attempts are not recorded again: whoever is
not known must not be able to fill the log.
"""

from archive.errors import Refused
from archive.values import Actor
from trading.access import Command, Deny, FailLogIn, HandIn, LogIn, LogOut, View
from trading.platform import Platform
from trading.roles import Visitor

EDGE = Actor.system("edge")


class SessionRecord:
    """Writes the session streams of a platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def came(self, visitor: Visitor, means: str) -> None:
        """Somebody logged in by ``means``: password or certificate."""
        self._act(visitor.session, LogIn(means), visitor.actor)

    def failed(self, tried: str, code: str) -> None:
        """Somebody could not log in."""
        if code == "login.throttled":
            return
        account = self._platform.derive(f"login/{tried}").hex()[:32]
        self._act(f"tried-{account}", FailLogIn(account, code), EDGE)

    def left(self, visitor: Visitor) -> None:
        """Somebody logged out."""
        self._act(visitor.session, LogOut("asked"), visitor.actor)

    def denied(self, visitor: Visitor, what: str, code: str) -> None:
        """Somebody asked for what is not his."""
        self._act(visitor.session, Deny(what[:200], code), visitor.actor)

    def viewed(self, visitor: Visitor, what: str, purpose: str = "") -> None:
        """Somebody read what is confidential."""
        self._act(visitor.session, View(what[:200], purpose), visitor.actor)

    def handed_in(self, visitor: Visitor, sent: HandIn) -> None:
        """Somebody's submission is on record: where it came from, told to nobody before the opening."""
        self._act(visitor.session, sent, visitor.actor)

    def _act(self, session: str, command: Command, actor: Actor) -> None:
        try:
            self._platform.ledger.act(f"session/{session}", command, actor=actor)
        except Refused:
            # The refusal itself is on record in that stream: a session that ended meanwhile takes nothing more.
            return
