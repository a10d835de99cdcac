"""SM3, the hash of GB/T 32905-2016 (GM/T 0004-2012), and HMAC with it.

Boards compress in machine code, where the interpreter compiles viper; CPython hashes by hashlib,
where its OpenSSL has SM3; everywhere else, plain integers do.
"""

from array import array

_MASK = 0xFFFFFFFF

# T(j) rotated left by j (clauses 4.2 and 5.3.3), 2**32 - 1, and the initial value (clause 4.1): an
# array, because a board keeps a number of 32 bits as an object of its own.
_CONSTANTS = array(
    "I",
    [(0x79CC4519 << j | 0x79CC4519 >> 32 - j) & _MASK for j in range(16)]
    + [(0x7A879D8A << j % 32 | 0x7A879D8A >> 32 - j % 32) & _MASK for j in range(16, 64)]
    + [_MASK, 0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600]
    + [0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E],
)

# The expanded message of the block at hand. One array for life: a board signs when its heap is full
# of small pieces.
_WORDS = array("I", bytes(4 * 68))

try:
    from agent.protocols import sm3_viper

    if not sm3_viper.COMPILED:
        raise ImportError
    _compress = sm3_viper.compress
except (ImportError, SyntaxError, ValueError, MemoryError):
    # No compiler for viper, code for another machine, or no memory for it.
    from agent.protocols.sm3_plain import compress as _compress


def plain_begin(block):
    """The state after block, which is one whole block or nothing."""
    v = _CONSTANTS[65:]
    _compress(v, block, len(block), _WORDS, _CONSTANTS)
    return v


def plain_finish(state, before, data):
    """The 32 bytes of SM3 of data, where state stands for the before bytes ahead of it."""
    v = array("I", state)
    size = len(data)
    whole = size & -64
    _compress(v, data, whole, _WORDS, _CONSTANTS)
    tail = bytes(data[whole:]) + b"\x80"
    tail += bytes(-(len(tail) + 8) % 64) + ((before + size) * 8).to_bytes(8, "big")
    _compress(v, tail, len(tail), _WORDS, _CONSTANTS)
    return b"".join([word.to_bytes(4, "big") for word in v])


try:
    from agent.protocols import sm3_openssl

    begin, finish = sm3_openssl.begin, sm3_openssl.finish
except ImportError:
    begin, finish = plain_begin, plain_finish


def digest(data) -> bytes:
    """The 32 bytes of SM3 over data (bytes, bytearray or memoryview, of any length)."""
    return finish(begin(b""), 0, data)


_INNER = int.from_bytes(b"\x36" * 64, "big")
_OUTER = int.from_bytes(b"\x5c" * 64, "big")


class Hmac:
    """HMAC-SM3 (RFC 2104 with SM3) under one key; the key's two blocks are hashed once."""

    def __init__(self, key):
        if len(key) > 64:
            key = digest(key)
        key = key + bytes(64 - len(key))
        number = int.from_bytes(key, "big")
        self._inner = begin((number ^ _INNER).to_bytes(64, "big"))
        self._outer = begin((number ^ _OUTER).to_bytes(64, "big"))

    def digest(self, data) -> bytes:
        """The 32 bytes for data."""
        return finish(self._outer, 64, finish(self._inner, 64, data))
