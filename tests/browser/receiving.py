"""The other end of an upload: the product's own store behind tus on loopback, with faults on order.

A fault is taken from the front of `Receiving.faults`, one for each PATCH:
``refuse`` answers 503 and keeps nothing; ``deaf`` keeps the bytes and answers 500, so the client does not
know; ``cut`` closes the line after half a leaf; ``spoil`` flips a byte before it is checked.
"""

import base64
import json
import random
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Engine

from archive.errors import Conflict, Invalid, Missing, SunlitError, TooLarge
from archive.shelves import Folder
from bidding.uploads import Uploads
from tests.browser.platforms import Files

STATUS: dict[type[SunlitError], int] = {Invalid: 400, Missing: 404, Conflict: 409, TooLarge: 413}


class Receiving:
    """The store, what was asked of it, and the faults to come."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.uploads = Uploads(engine, Folder(folder / "whole"), folder, random.Random(3).randbytes, quota=2**30, largest=2**28)
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[str] = []
        self.received = 0

    def stored(self, root: str) -> bytes | None:
        """The ciphertext of that root (hex)."""
        found = self.uploads.locate(root)
        return b"".join(self.uploads.pieces(found)) if found else None


class TusHandler(Files):
    """tus 1.0: creation, HEAD, PATCH with a checksum."""

    receiving: ClassVar[Receiving]

    def do_POST(self) -> None:
        """Creation."""
        self._note("POST")
        self._answer(lambda r: r.uploads.create("org-1", int(self.headers["Upload-Length"]), 1), HTTPStatus.CREATED)

    def do_HEAD(self) -> None:
        """Where the upload stands."""
        self._note("HEAD")
        self._answer(lambda r: r.uploads.get(self.path.rsplit("/", 1)[-1], "org-1"), HTTPStatus.OK)

    def do_PATCH(self) -> None:
        """Whole leaves at an offset."""
        self._note("PATCH")
        receiving, length = self.receiving, int(self.headers["Content-Length"])
        fault = receiving.faults.pop(0) if receiving.faults else ""
        if fault == "cut":
            self.rfile.read(min(length, 500_000))
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(length)
        receiving.received += 0 if fault == "refuse" else length
        if fault == "refuse":
            self._say(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if fault == "spoil":
            body = body[:-1] + bytes([body[-1] ^ 1])
        algorithm, _, checksum = self.headers["Upload-Checksum"].partition(" ")
        assert algorithm == "sha256"
        assert self.headers["Content-Type"] == "application/offset+octet-stream"

        def keep(r: Receiving) -> Any:
            given = base64.b64decode(checksum, validate=True)
            return r.uploads.append(self.path.rsplit("/", 1)[-1], "org-1", int(self.headers["Upload-Offset"]), (body,), 1, given)

        self._answer(keep, HTTPStatus.INTERNAL_SERVER_ERROR if fault == "deaf" else HTTPStatus.NO_CONTENT)

    def _note(self, method: str) -> None:
        assert self.headers["Tus-Resumable"] == "1.0.0"
        self.receiving.requests.append(method)
        self.receiving.headers.append(dict(self.headers))

    def _answer(self, work: Any, status: int) -> None:
        try:
            upload = work(self.receiving)
        except SunlitError as error:
            passing = 460 if error.code == "upload.checksum" else STATUS[type(error)]
            self._say(passing, problem={"type": f"urn:sunlit:{error.code}"})
            return
        self._say(status, headers={"Upload-Offset": str(upload.offset), "Location": f"/blobs/{upload.id}"})

    def _say(self, status: int, headers: dict[str, str] | None = None, problem: dict[str, str] | None = None) -> None:
        body = b"" if problem is None else json.dumps(problem).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Tus-Resumable": "1.0.0", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
