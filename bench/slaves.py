"""Modbus TCP devices in a process of their own, as cheap as can be: who measures what a node can
take must not have its devices on his own back.

``python -m bench.slaves [SECONDS]`` prints its port. Each connection is a line of its own, on which
a reply takes so long (0: no time). Registers move from one reply to the next; unit LEVEL is an
ultrasonic sensor, which is flooded once a line has come in.
"""

import socket
import sys
import threading
import time

LEVEL = 247
DISTANCE = 0x0100
DRY, FLOODED, TEMPERATURE = 3180, 2700, 215
_MOVES = 64
_BLOCK = [
    b"".join((700 + (step * 7919 + at * 31) % 41).to_bytes(2, "big") for at in range(125))
    for step in range(_MOVES)
]
_flood = threading.Event()


def _reply(request: bytes, count: int) -> bytes:
    """To one read of registers; request: 12 bytes, the count-th."""
    size = 2 * (request[10] << 8 | request[11])
    values = _BLOCK[count % _MOVES][:size]
    if request[6] == LEVEL:
        is_distance = request[8] << 8 | request[9] == DISTANCE
        value = (FLOODED if _flood.is_set() else DRY) if is_distance else TEMPERATURE
        values = value.to_bytes(2, "big")
    head = request[:4] + (3 + size).to_bytes(2, "big") + request[6:8]
    return head + bytes((size,)) + values


def _serve(connection: socket.socket, seconds: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    count = 0
    while data := connection.recv(4096):
        for at in range(0, len(data) - 11, 12):
            count += 1
            if seconds:
                time.sleep(seconds)
            connection.sendall(_reply(data[at : at + 12], count))


def _line(connection: socket.socket, seconds: float) -> None:
    try:
        _serve(connection, seconds)
    except OSError:
        pass  # the node was killed
    connection.close()


def _listen(listener: socket.socket, seconds: float) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_line, args=(connection, seconds), daemon=True).start()


def main() -> None:
    """Until its input ends."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_listen, args=(listener, seconds), daemon=True).start()
    for _ in sys.stdin:
        _flood.set()


if __name__ == "__main__":
    main()
