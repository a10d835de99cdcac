"""SM3's compression in machine code: for boards, by MicroPython's viper.

Words are cut to 32 bits where bits above them would come back down, in a rotation to the right: on
a board there are none, but a 64-bit machine has them. Stores to memory cut by themselves.
"""

try:
    import micropython  # type: ignore[import-not-found]
except ImportError:
    from agent.protocols import viper as micropython
    from agent.protocols.viper import ptr8, ptr32, uint

COMPILED = not hasattr(micropython, "CHECKED")


@micropython.viper  # type: ignore[untyped-decorator]
def compress(v: ptr32, data: ptr8, size: int, w: ptr32, constants: ptr32):
    """GB/T 32905, 5.3: the chaining value v, eight words, after size bytes of data, whole blocks.

    w: room for 68 words; constants: T(j) rotated left by j, 64 of them, then 2**32 - 1.
    """
    cut = uint(constants[64])
    at = 0
    while at < size:
        j = 0
        while j < 16:
            w[j] = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
            at += 4
            j += 1
        while j < 68:
            x = uint(w[j - 3])
            x = uint(w[j - 16]) ^ w[j - 9] ^ (x << 15 | x >> 17)
            x = x & cut
            y = uint(w[j - 13])
            w[j] = x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9) ^ (y << 7 | y >> 25) ^ w[j - 6]
            j += 1
        a = uint(v[0])
        b = uint(v[1])
        c = uint(v[2])
        d = uint(v[3])
        e = uint(v[4])
        f = uint(v[5])
        g = uint(v[6])
        h = uint(v[7])
        j = 0
        while j < 64:
            y = uint(w[j])
            x = a << 12 | a >> 20
            tt1 = d + (y ^ w[j + 4])
            tt2 = h + y
            if j < 16:
                tt1 += a ^ b ^ c
                tt2 += e ^ f ^ g
            else:
                tt1 += a & b | (a | b) & c
                tt2 += (f ^ g) & e ^ g
            y = (x + e + constants[j]) & cut
            y = y << 7 | y >> 25
            d = c
            c = b << 9 | b >> 23
            b = a
            a = (tt1 + (x ^ y)) & cut
            h = g
            g = f << 19 | f >> 13
            f = e
            x = (tt2 + y) & cut
            e = (x ^ (x << 9 | x >> 23) ^ (x << 17 | x >> 15)) & cut
            j += 1
        v[0] = a ^ v[0]
        v[1] = b ^ v[1]
        v[2] = c ^ v[2]
        v[3] = d ^ v[3]
        v[4] = e ^ v[4]
        v[5] = f ^ v[5]
        v[6] = g ^ v[6]
        v[7] = h ^ v[7]
