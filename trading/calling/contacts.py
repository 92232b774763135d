"""Where experts are reached: a JSON file that the pool's owner keeps, ``{"<expert>": {"mail": "…", "phone": "…"}}``.

Addresses stand in no table and no log, so that they can be changed and erased, and staff never see them (cn-rules X-8).
Whoever is not in the file is reached as he said when he applied (`trading.desk.people`).
The file is read at every call; a missing file or expert is an empty contact.
"""

from pathlib import Path

from archive.canonical import decode
from archive.errors import Invalid
from archive.values import Value
from trading.calling.carriers import Contact


class Entry(Value, frozen=True):
    """One expert's line."""

    mail: str = ""
    phone: str = ""


def contact(path: Path | None, expert: str) -> Contact:
    """Where an expert is reached.

    Raises:
        Invalid: ``call.contacts`` when the file is there and is not what it should be.
    """
    if path is None or not path.is_file():
        return Contact()
    try:
        known = decode(path.read_bytes(), dict[str, Entry])
    except (OSError, Invalid) as wrong:
        raise Invalid("call.contacts", why=str(wrong)[:200]) from None
    found = known.get(expert, Entry())
    return Contact(found.mail, found.phone)
