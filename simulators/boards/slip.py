"""SLIP (RFC 1055), the framing of Espressif's loaders."""

MAX_PACKET = 1 << 16


def encode(packet: bytes) -> bytes:
    """One packet between its two ENDs."""
    body = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return b"\xc0" + body + b"\xc0"


class Decoder:
    """Bytes in, whole packets out; what comes before the first END is passed over."""

    def __init__(self) -> None:
        self._open = False
        self._packet = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that these bytes complete."""
        packets = []
        parts = data.split(b"\xc0")
        for number, part in enumerate(parts):
            if number:  # an END stands before this part
                if self._packet:
                    packets.append(_plain(bytes(self._packet)))
                self._packet.clear()
                self._open = True
            if self._open and len(self._packet) + len(part) <= MAX_PACKET:
                self._packet += part
        return packets


def _plain(body: bytes) -> bytes:
    return body.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
