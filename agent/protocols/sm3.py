"""SM3, the hash of GB/T 32905-2016 (GM/T 0004-2012), and HMAC with it.

Boards compress in machine code, where the interpreter compiles viper; CPython hashes by hashlib,
where its OpenSSL has SM3; everywhere else, plain integers do.
"""

from array import array

_MASK = 0xFFFFFFFF
# Clause 4.1, as bytes: a board keeps a word as an object of its own.
_IV_BYTES = (
    b"\x73\x80\x16\x6f\x49\x14\xb2\xb9\x17\x24\x42\xd7\xda\x8a\x06\x00"
    b"\xa9\x6f\x30\xbc\x16\x31\x38\xaa\xe3\x8d\xee\x4d\xb0\xfb\x0e\x4e"
)


def _constants():
    """T(j) rotated left by j, clauses 4.2 and 5.3.3; then 2**32 - 1. 260 bytes on a board."""
    constants = array("I")
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        turn = j % 32
        constants.append((t << turn | t >> (32 - turn)) & _MASK)
    constants.append(_MASK)
    return constants


_IV = array("I", [int.from_bytes(_IV_BYTES[at : at + 4], "big") for at in range(0, 32, 4)])
_T = _constants()


# The expanded message of the block at hand. One array for life: a board signs when its heap is full
# of small pieces.
_W = array("I", bytes(4 * 68))


def _fastest():
    """The compression in machine code, else (no compiler for viper, code for another machine, no
    memory for it) in plain integers."""
    try:
        from agent.protocols import sm3_viper

        if sm3_viper.COMPILED:
            return sm3_viper.expand, sm3_viper.rounds
    except (ImportError, SyntaxError, ValueError, MemoryError):
        pass
    from agent.protocols import sm3_plain

    return sm3_plain.expand, sm3_plain.rounds


_expand, _rounds = _fastest()


def _compress(v, data, size):
    """The chaining value v after size bytes of data, whole blocks."""
    for at in range(0, size, 64):
        _expand(_W, data, at, _T)
        _rounds(v, _W, _T)


def begin(block):
    """The state after block, which is one whole block or nothing."""
    v = array("I", _IV)
    _compress(v, block, len(block))
    return v


def finish(state, before, data):
    """The 32 bytes of SM3 of data, where state stands for the before bytes ahead of it."""
    v = array("I", state)
    size = len(data)
    whole = size & -64
    _compress(v, data, whole)
    tail = bytes(data[whole:]) + b"\x80"
    tail += bytes(-(len(tail) + 8) % 64) + ((before + size) * 8).to_bytes(8, "big")
    _compress(v, tail, len(tail))
    return b"".join([word.to_bytes(4, "big") for word in v])


try:
    from agent.protocols.sm3_openssl import begin as _begin
    from agent.protocols.sm3_openssl import finish as _finish
except ImportError:
    _begin, _finish = begin, finish


def digest(data) -> bytes:
    """The 32 bytes of SM3 over data (bytes, bytearray or memoryview, of any length)."""
    return _finish(_begin(b""), 0, data)


_INNER = int.from_bytes(b"\x36" * 64, "big")
_OUTER = int.from_bytes(b"\x5c" * 64, "big")


class Hmac:
    """HMAC-SM3 (RFC 2104 with SM3) under one key; the key's two blocks are hashed once."""

    def __init__(self, key):
        if len(key) > 64:
            key = digest(key)
        key = key + bytes(64 - len(key))
        number = int.from_bytes(key, "big")
        self._inner = _begin((number ^ _INNER).to_bytes(64, "big"))
        self._outer = _begin((number ^ _OUTER).to_bytes(64, "big"))

    def digest(self, data) -> bytes:
        """The 32 bytes for data."""
        return _finish(self._outer, 64, _finish(self._inner, 64, data))


def hmac(key, data) -> bytes:
    """HMAC-SM3 of data under key: 32 bytes."""
    return Hmac(key).digest(data)
