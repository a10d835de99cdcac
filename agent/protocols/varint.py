"""Variable-length integers: zig-zag (signed to unsigned), then LEB128 (seven bits a byte).

They are read by agent.protocols.varint_reader.
"""


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
