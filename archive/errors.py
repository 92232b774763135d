"""What can go wrong, as one small tree.

::

    SunlitError            code + params; the sentence for people is looked up by code
     ├─ Refused            a rule said no: an outcome, recorded and committed before it is raised
     ├─ Invalid            the input is not well formed; never goes on record
     ├─ Denied             who asks may not; on record where the actor is known
     ├─ Missing            nothing there under that name
     ├─ Conflict           somebody was first: same key with another content, or a newer version
     ├─ TooLarge           over a stated limit
     ├─ Busy               try again later; nothing was done
     └─ Damaged            stored evidence does not hold; never papered over

A code is stable, lower case, dotted (``bid.late``) and a message id of the catalogues in
``trading/locale``.  Params are plain values that the sentence may quote; no secret is ever one.
"""

from typing import Any


class SunlitError(Exception):
    """Root of the tree; ``code`` names the rule or the fault, ``params`` fill its sentence."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Any] = params

    def __str__(self) -> str:
        said = ", ".join(f"{k}={v}" for k, v in sorted(self.params.items()))
        return f"{self.code} ({said})" if said else self.code


class Refused(SunlitError):
    """A rule refused a well-formed command; the refusal itself is on record."""


class Invalid(SunlitError):
    """Malformed input; says where and what would be right."""


class Denied(SunlitError):
    """The actor is not entitled to this."""


class Missing(SunlitError):
    """No such thing."""


class Conflict(SunlitError):
    """The same idempotency key with another command, or a stale version."""


class TooLarge(SunlitError):
    """Over a limit that the message names."""


class Busy(SunlitError):
    """Back-pressure; nothing was done and the same request may be sent again."""


class Damaged(SunlitError):
    """Stored bytes do not match what the log says of them."""
