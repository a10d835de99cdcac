"""SM3, the hash of GB/T 32905-2016 (GM/T 0004-2012), and HMAC with it, in plain integers."""

from array import array

_MASK = 0xFFFFFFFF
_IV = (
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)


def _constants():
    """T(j) rotated left by j, clauses 4.2 and 5.3.3. An array: 256 bytes on a board."""
    constants = array("I")
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        turn = j % 32
        constants.append((t << turn | t >> (32 - turn)) & _MASK)
    return constants


_T = _constants()


# The expanded message of the block at hand. One list for life: a board signs when its heap is full
# of small pieces, and a list that grows wants 1 KB in one of them.
_W = [0] * 68


def _compress(v, data, at):
    """The chaining value v after one more block, the 64 bytes of data from at on; clause 5.3.

    A word is cut to 32 bits only where bits above them would come back down: before a rotation, and
    at the end. That is a fifth of the time.
    """
    mask = _MASK
    w = _W
    for j in range(16):
        w[j] = int.from_bytes(data[at + 4 * j : at + 4 * j + 4], "big")
    for j in range(16, 68):
        x = w[j - 3]
        x = (w[j - 16] ^ w[j - 9] ^ (x << 15 | x >> 17)) & mask
        y = w[j - 13]
        x = x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9)
        w[j] = (x ^ (y << 7 | y >> 25) ^ w[j - 6]) & mask
    a, b, c, d, e, f, g, h = v
    t = _T
    for j in range(64):
        a12 = a << 12 | a >> 20
        x = (a12 + e + t[j]) & mask
        x = x << 7 | x >> 25
        y = w[j]
        if j < 16:
            tt1 = ((a ^ b ^ c) + d + (x ^ a12) + (y ^ w[j + 4])) & mask
            tt2 = ((e ^ f ^ g) + h + x + y) & mask
        else:
            tt1 = ((a & b | (a | b) & c) + d + (x ^ a12) + (y ^ w[j + 4])) & mask
            tt2 = (((f ^ g) & e ^ g) + h + x + y) & mask
        d = c
        c = b << 9 | b >> 23
        b = a
        a = tt1
        h = g
        g = f << 19 | f >> 13
        f = e
        e = (tt2 ^ (tt2 << 9 | tt2 >> 23) ^ (tt2 << 17 | tt2 >> 15)) & mask
    return (
        a ^ v[0],
        b ^ v[1],
        (c ^ v[2]) & mask,
        (d ^ v[3]) & mask,
        e ^ v[4],
        f ^ v[5],
        (g ^ v[6]) & mask,
        (h ^ v[7]) & mask,
    )


def _finish(v, before, data):
    """The 32 bytes of SM3, where v stands for the before bytes (whole blocks) ahead of data."""
    size = len(data)
    whole = size & -64
    for at in range(0, whole, 64):
        v = _compress(v, data, at)
    tail = bytes(data[whole:]) + b"\x80"
    tail += bytes(-(len(tail) + 8) % 64) + ((before + size) * 8).to_bytes(8, "big")
    for at in range(0, len(tail), 64):
        v = _compress(v, tail, at)
    return b"".join([word.to_bytes(4, "big") for word in v])


def digest(data) -> bytes:
    """The 32 bytes of SM3 over data (bytes, bytearray or memoryview, of any length)."""
    return _finish(_IV, 0, data)


class Hmac:
    """HMAC-SM3 (RFC 2104 with SM3) under one key; the key's two blocks are hashed once."""

    def __init__(self, key):
        if len(key) > 64:
            key = digest(key)
        key = key + bytes(64 - len(key))
        self._inner = _compress(_IV, bytes([byte ^ 0x36 for byte in key]), 0)
        self._outer = _compress(_IV, bytes([byte ^ 0x5C for byte in key]), 0)

    def digest(self, data) -> bytes:
        """The 32 bytes for data."""
        return _finish(self._outer, 64, _finish(self._inner, 64, data))


def hmac(key, data) -> bytes:
    """HMAC-SM3 of data under key: 32 bytes."""
    return Hmac(key).digest(data)
