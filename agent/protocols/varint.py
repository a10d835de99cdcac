"""Variable-length integers: zig-zag (signed to unsigned), then LEB128 (seven bits a byte)."""

from agent.errors import BadFrame

MAX_BYTES = 10


def append(out, value):
    """Append the signed value to the bytearray out. |value| < 2**63."""
    number = value << 1 if value >= 0 else (-value << 1) - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def size(value) -> int:
    """How many bytes append would add."""
    number = value << 1 if value >= 0 else (-value << 1) - 1
    count = 1
    while number > 127:
        number >>= 7
        count += 1
    return count


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
