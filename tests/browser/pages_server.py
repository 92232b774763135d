"""Serves a copy of one of the theatre's moments on loopback: ``python -m tests.browser.pages_server FOLDER NOW PORT``.

The clock begins at NOW, in microseconds, and runs on from there.
"""

import sys
import time
from functools import partial
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from tests.theatre import configured
from trading import app


def served(folder: Path, now: int) -> Litestar:
    """The application over that folder."""
    configuration = configured(folder)
    began = time.monotonic_ns()
    platform = app.build(configuration, lambda: now + (time.monotonic_ns() - began) // 1000)
    return app.web(platform, configuration, embedded=False)


if __name__ == "__main__":
    folder, now, port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    server = Granian("pages", address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False)
    server.serve(target_loader=partial(served, folder, now), wrap_loader=False)
