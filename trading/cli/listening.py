"""Whether an address can be listened on, asked before the server is started, which would only panic."""

import socket

from archive.errors import Busy


def see_free(address: str, port: int) -> None:
    """See that nobody else listens there and that we may.

    Raises:
        Busy: ``cli.port``.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError as e:
        raise Busy("cli.port", address=address, port=port, why=e.strerror or str(e)) from None
