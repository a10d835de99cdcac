"""Varints read (see agent.protocols.varint): by platforms, and by a board at its start only."""

from agent.errors import BadFrame

MAX_BYTES = 10


def read_all(data):
    """Every signed value in data. BadFrame if the last one is cut off or one is too long."""
    values = []
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        if byte & 128:
            shift += 7
            if shift >= 7 * MAX_BYTES:
                raise BadFrame("a varint of more than 10 bytes")
        else:
            values.append(-(number >> 1) - 1 if number & 1 else number >> 1)
            number = shift = 0
    if shift:
        raise BadFrame("a varint that is cut off")
    return values
