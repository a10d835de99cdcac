"""Multiples of points of the SM2 curve, by the fastest arithmetic there is, and what hangs on them:
public keys, their ids, and the hash of an identity.
"""

from agent.protocols import sm2_curve
from agent.protocols.sm2_curve import GX, GY, A, B, N
from agent.protocols.sm3 import digest

# The user id of GM/T 0009.
DEFAULT_ID = b"1234567812345678"

# The table of the base point: KB to (teeth, blocks). Twice the KB save about a tenth of the time.
TABLES = {1: (5, 1), 2: (6, 1), 4: (7, 1), 8: (8, 1), 16: (8, 2)}
DEFAULT_TABLE = 2


def _fastest():
    """The arithmetic: in machine code, else (no compiler for viper, code for another machine, no
    memory for it) in plain integers."""
    try:
        from agent.protocols import sm2_viper

        if sm2_viper.COMPILED:
            return sm2_viper
    except (ImportError, SyntaxError, ValueError, MemoryError):
        pass
    from agent.protocols import sm2_plain

    return sm2_plain


arithmetic = _fastest()
_base: "list[sm2_curve.Comb]" = []


def comb(point, teeth, blocks) -> "sm2_curve.Comb":
    """The Comb of a point (x, y)."""
    return sm2_curve.comb(point, teeth, blocks, arithmetic)


def use_table(kilobytes):
    """Make the base point's table of this size (a key of TABLES), now and for all keys."""
    _base[:] = [comb((GX, GY), *TABLES[kilobytes])]


def base_comb() -> "sm2_curve.Comb":
    """The base point's: the image's, which may keep it in flash; else made at first use."""
    if not _base:
        try:
            from agent.protocols import sm2_table  # type: ignore[attr-defined]

            _base.append(sm2_curve.Comb(sm2_table.TABLE, sm2_table.TEETH, sm2_table.BLOCKS))
        except ImportError:
            use_table(DEFAULT_TABLE)
    return _base[0]


def total(terms):
    """(x, y) of the sum of k * point over terms (k, Comb of the point); None at infinity."""
    point = arithmetic.total(terms)
    if point is None:
        # One in 2**250: infinity, or a point that met itself, which is told only here.
        from agent.protocols import sm2_plain

        return sm2_plain.total(terms)
    return point


def times_base(k):
    """(x, y) of k * G, 0 < k < n."""
    return total([(k, base_comb())])


def bytes32(number) -> bytes:
    """A number of the curve as the 32 bytes that hashes, keys and signatures hold."""
    return number.to_bytes(32, "big")


def number(data) -> int:
    """The same backwards."""
    return int.from_bytes(data, "big")


def public_key(d: int) -> bytes:
    """The 65 bytes 04‖x‖y of private key d. ValueError unless 0 < d < n - 1."""
    if not 0 < d < N - 1:
        raise ValueError("a private key out of range")
    x, y = times_base(d)
    return b"\x04" + bytes32(x) + bytes32(y)


def kid(public: bytes) -> bytes:
    """The key id of a public key: the first 8 bytes of SM3 over its 65 bytes."""
    return digest(public)[:8]


def identity_hash(public, user_id=DEFAULT_ID) -> bytes:
    """Z_A of GB/T 32918.2, 5.5: user id, curve and key in one hash."""
    curve = b"".join([bytes32(part) for part in (A, B, GX, GY)])
    return digest((len(user_id) * 8).to_bytes(2, "big") + user_id + curve + public[1:])
