"""SM3, the hash of GB/T 32905-2016 (GM/T 0004-2012), and HMAC with it, in plain integers."""

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


def _rotations():
    """T(j) rotated left by j, clause 4.2 and 5.3.3."""
    constants = []
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        turn = j % 32
        constants.append((t << turn | t >> (32 - turn)) & _MASK if turn else t)
    return tuple(constants)


_T = _rotations()


def _compress(v, block, at):
    """One block of 64 bytes at ``at``, clause 5.3."""
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(at, at + 64, 4)]
    for j in range(16, 68):
        x = w[j - 3]
        x = w[j - 16] ^ w[j - 9] ^ ((x << 15 | x >> 17) & _MASK)
        x ^= (x << 15 | x >> 17) & _MASK ^ (x << 23 | x >> 9) & _MASK
        y = w[j - 13]
        w.append(x ^ (y << 7 | y >> 25) & _MASK ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        a12 = (a << 12 | a >> 20) & _MASK
        x = (a12 + e + _T[j]) & _MASK
        ss1 = (x << 7 | x >> 25) & _MASK
        if j < 16:
            tt1 = ((a ^ b ^ c) + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & _MASK
            tt2 = ((e ^ f ^ g) + h + ss1 + w[j]) & _MASK
        else:
            tt1 = ((a & b | a & c | b & c) + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & _MASK
            tt2 = ((e & f | (e ^ _MASK) & g) + h + ss1 + w[j]) & _MASK
        d = c
        c = (b << 9 | b >> 23) & _MASK
        b = a
        a = tt1
        h = g
        g = (f << 19 | f >> 13) & _MASK
        f = e
        e = tt2 ^ (tt2 << 9 | tt2 >> 23) & _MASK ^ (tt2 << 17 | tt2 >> 15) & _MASK
    return (
        a ^ v[0],
        b ^ v[1],
        c ^ v[2],
        d ^ v[3],
        e ^ v[4],
        f ^ v[5],
        g ^ v[6],
        h ^ v[7],
    )


def digest(data) -> bytes:
    """The 32 bytes of SM3 over data (bytes, of any length)."""
    size = len(data)
    whole = size // 64 * 64
    v = _IV
    for at in range(0, whole, 64):
        v = _compress(v, data, at)
    tail = bytes(data[whole:]) + b"\x80"
    tail += bytes(-(len(tail) + 8) % 64) + (size * 8).to_bytes(8, "big")
    for at in range(0, len(tail), 64):
        v = _compress(v, tail, at)
    return b"".join([word.to_bytes(4, "big") for word in v])


def hmac(key, data) -> bytes:
    """HMAC-SM3 (RFC 2104 with SM3): 32 bytes."""
    if len(key) > 64:
        key = digest(key)
    key = key + bytes(64 - len(key))
    inner = digest(bytes([byte ^ 0x36 for byte in key]) + data)
    return digest(bytes([byte ^ 0x5C for byte in key]) + inner)
