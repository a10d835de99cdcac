"""A port for a server of one's own."""

import random
import socket

_BELOW_CLIENTS = range(20_000, 32_768)


def free_port() -> int:
    """A port of 127.0.0.1 that is free now, for TCP and for UDP. Between now and the server's start
    no client gets it: systems give those the ports from 32768 on (ip(7)), or higher ones."""
    while True:
        port = random.choice(_BELOW_CLIENTS)
        if _is_free(port, socket.SOCK_STREAM) and _is_free(port, socket.SOCK_DGRAM):
            return port


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
