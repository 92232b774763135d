"""Where to listen, settled before the server is started, which would only panic."""

import socket

from archive.errors import Busy


def free_port(address: str, port: int) -> int:
    """The port to listen on, after seeing that nobody else does and that we may; for 0 one that is free.

    Raises:
        Busy: ``cli.port``.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.create_server((address, port), family=family) as tried:
            return int(tried.getsockname()[1])
    except OSError as e:
        raise Busy("cli.port", address=address, port=port, why=e.strerror or str(e)) from None
