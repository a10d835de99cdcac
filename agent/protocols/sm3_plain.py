"""SM3's compression in plain integers: where there is no compiler for viper."""

_MASK = 0xFFFFFFFF


def _expand(w, data, at):
    """The 68 words of w from the 64 bytes of data at at; clause 5.3.2."""
    mask = _MASK
    for j in range(16):
        w[j] = int.from_bytes(data[at + 4 * j : at + 4 * j + 4], "big")
    for j in range(16, 68):
        x = w[j - 3]
        x = (w[j - 16] ^ w[j - 9] ^ (x << 15 | x >> 17)) & mask
        x = x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9)
        y = w[j - 13]
        w[j] = (x ^ (y << 7 | y >> 25) ^ w[j - 6]) & mask


def _rounds(v, w, constants):
    """The chaining value v after the block expanded in w; clause 5.3.3.

    A word is cut to 32 bits only where bits above them would come back down: before a rotation, and
    at the end. That is a fifth of the time.
    """
    mask = _MASK
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        a12 = a << 12 | a >> 20
        x = (a12 + e + constants[j]) & mask
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
    for j, word in enumerate((a, b, c, d, e, f, g, h)):
        v[j] ^= word & mask


def compress(v, data, size, words, constants):
    """The chaining value v, eight words, after size bytes of data, whole blocks. words: room for
    68; constants: T(j) rotated left by j, 64 of them."""
    for at in range(0, size, 64):
        _expand(words, data, at)
        _rounds(v, words, constants)
