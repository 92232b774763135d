"""Carriers of a call: a console for a machine without a mail server, and mail over SMTP.

A carrier says whether the other side took the message and what it answered; what it does not know it raises as `OSError`, and the
letter is sent again.  Addresses are personal: none is part of what is returned.
"""

import smtplib
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import Protocol, TextIO

from archive.errors import Invalid
from archive.values import SECOND, Instant
from trading.calling.words import Words
from trading.settings import Calling

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an expert is reached; empty is unknown."""

    mail: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """Whether the carrier took it, and its answer."""

    reached: bool
    answer: str


class Carrier(Protocol):
    """See the package's contract."""

    @property
    def name(self) -> str:
        """One of `AUTOMATIC`."""

    def carry(self, contact: Contact, message: Words, at: Instant) -> Carried:
        """Take a message to somebody.

        Raises:
            OSError: it is not known whether it got there.
        """


@dataclass(frozen=True, slots=True)
class Console:
    """Prints the message where the platform runs: for a demonstration, where the audience plays the experts."""

    out: TextIO = sys.stdout
    name: str = "console"

    def carry(self, contact: Contact, message: Words, at: Instant) -> Carried:
        """Print it."""
        self.out.write(f"--- {message.subject}\n{message.text}---\n")
        self.out.flush()
        return Carried(True, "printed")


@dataclass(frozen=True, slots=True)
class Mail:
    """SMTP to the server of the settings; ``tls`` from the first byte, ``starttls`` before anything is said, or ``none``.

    The server's certificate has to be one that this machine trusts, for the host of the settings; the password is shown to
    nobody else and stands in no text about this carrier.

    Raises:
        Invalid: ``call.mail`` for an account without TLS, whose password would go over the line in the clear.
    """

    settings: Calling
    password: str = field(repr=False)
    name: str = "mail"

    def __post_init__(self) -> None:
        if self.settings.user and self.settings.security == "none":
            raise Invalid("call.mail", host=self.settings.host)

    def carry(self, contact: Contact, message: Words, at: Instant) -> Carried:
        """Hand it to the mail server; its last answer is the delivery receipt."""
        if not contact.mail:
            return Carried(False, "no address")
        letter = self._letter(contact.mail, message, at)
        try:
            with self._connection() as server:
                if self.settings.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self.settings.user:
                    server.login(self.settings.user, self.password)
                return _handed(server, self.settings.sender, contact.mail, letter)
        except smtplib.SMTPServerDisconnected as lost:
            raise OSError("the mail server went away") from lost

    def _connection(self) -> smtplib.SMTP:
        s = self.settings
        if s.security == "tls":
            return smtplib.SMTP_SSL(s.host, s.port, timeout=SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(s.host, s.port, timeout=SECONDS)

    def _letter(self, to: str, message: Words, at: Instant) -> bytes:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = self.settings.sender, to, message.subject
        made["Date"] = formatdate(at // SECOND)
        made["Message-ID"] = f"<{message.id}@{self.settings.sender.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(message.text, cte="base64")
        return made.as_bytes()


def _handed(server: smtplib.SMTP, sender: str, to: str, letter: bytes) -> Carried:
    """The transaction by hand, because `sendmail` forgets what the server answered in the end."""
    server.ehlo_or_helo_if_needed()
    steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
        lambda: server.mail(sender),
        lambda: server.rcpt(to),
        lambda: server.data(letter),
    )
    said = ""
    for step in steps:
        try:
            code, text = step()
        except smtplib.SMTPDataError as refused:
            code, text = refused.smtp_code, _bytes(refused.smtp_error)
        said = f"{code} {text.decode('utf-8', 'replace')}".replace(to, "<address>")[:400]
        if 400 <= code < 500:
            raise OSError(f"the mail server asks to come again: {code}")
        if code >= 500:
            return Carried(False, said)
    return Carried(True, said)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
