"""A port for a server of one's own."""

import functools
import itertools
import os
import random
import socket
from collections.abc import Iterator

_BELOW_CLIENTS = range(20_000, 32_768)
_BLOCKS = 16  # processes whose numbers are near, as those of one run are, have different ones


def free_port() -> int:
    """A port of 127.0.0.1 that is free now, for TCP and for UDP. Between now and the server's start
    no client gets it: systems give those the ports from 32768 on (ip(7)), or higher ones. Nor does
    anybody else who asks here: the same process not for a long time, others in other blocks."""
    return next(filter(_is_free, _ports(os.getpid())))


@functools.cache
def _ports(process: int) -> Iterator[int]:
    """The ports of a process's block, in an order of its own, over and over."""
    size = len(_BELOW_CLIENTS) // _BLOCKS
    begin = process % _BLOCKS * size
    return itertools.cycle(random.sample(_BELOW_CLIENTS[begin : begin + size], size))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
