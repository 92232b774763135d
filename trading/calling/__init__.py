"""Calling experts by machine: what is said, how it is carried, how it is answered (experts/SPEC.md 14).

``words`` makes the text, which names time, place and category and neither project nor bidders; ``carriers`` take it there;
``answers`` says whether an answer is the called expert's own; ``records`` are the files whose digests stand in the log.
What happens when is `trading.desk.calls`.

A carrier is anything with a ``name`` from `AUTOMATIC` and the one method of `trading.calling.carriers.Carrier`.  An adapter to a
gateway for short messages or voice is a class of that shape, given to `trading.desk.calls.deliver` by its name.  It

- MUST send ``message.short`` and nothing else, to ``contact.phone``, and MUST NOT keep either after its gateway answered;
- MUST give the gateway the ``message.id`` as its idempotency key, since after a crash the same message is sent again;
- MUST return what the gateway answered, word for word, as `Carried`: accepted or not, and never raise for "not";
- MUST raise `OSError` when it does not know (no connection, no answer in time): the letter is then sent again;
- MUST answer within 30 seconds, because the letter's lease is a minute;
- for voice, SHOULD play the recording consent first, and MUST return the call record's digest among the gateway's words: it
  is the evidence that a later timeout rests on.
"""

from typing import Final

AUTOMATIC: Final = ("console", "mail", "sms-gateway", "voice-gateway")
"""Channels on which the machine calls; on any other an operator's device does, and the call is only recorded."""
