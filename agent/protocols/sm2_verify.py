"""SM2 signatures checked (GB/T 32918.2-2016, 7.1); and the tables of combs made: those of public
keys, and the base point's where an image brings none.
"""

from agent.errors import BadSignature
from agent.protocols.sm2_sign import (
    DEFAULT_ID,
    GX,
    GY,
    A,
    B,
    Comb,
    N,
    P,
    arithmetic,
    base,
    base_comb,
    identity_hash,
    message_number,
    number,
    total,
)

_SHAPE = 5, 1  # a public key's table, of 1 KB
# The table of the base point: KB to (teeth, blocks). Twice the KB save about a tenth of the time.
TABLES = {1: (5, 1), 2: (6, 1), 4: (7, 1), 8: (8, 1), 16: (8, 2)}


def use_table(kilobytes):
    """Have the base point's table in this size (a key of TABLES), from now on and for all keys."""
    if not base or len(base[0].table) != kilobytes << 10:
        base[:] = [comb((GX, GY), *TABLES[kilobytes])]


def comb(point, teeth, blocks) -> "Comb":
    """The Comb of a point (x, y)."""
    made = Comb(bytearray(blocks << teeth + 5), teeth, blocks)
    at = 0
    for _ in range(blocks):
        for entry in _entries(point, teeth, made.span * blocks):
            for coordinate in entry:
                made.table[at : at + 32] = ((coordinate << 256) % P).to_bytes(32, "little")
                at += 32
        point = arithmetic.doubled(point, made.span)
    return made


def _entries(point, teeth, spacing):
    """One block: bit t of an entry's number says whether the tooth t is added or taken away; the
    topmost tooth is always added. No sum meets a point and itself: the multiples of the point that
    meet are the same for every point, and tests have them all."""
    plus, doubled = arithmetic.plus, arithmetic.doubled
    steps = []  # twice each tooth but the topmost: what an entry gains when its bit is set
    first = None
    for _ in range(teeth - 1):
        x, y = point
        first = (x, P - y) if first is None else plus(first, (x, P - y))
        steps.append(doubled(point, 1))
        point = doubled(steps[-1], spacing - 1)
    entries = [plus(first, point)]
    for step in steps:
        entries.extend([plus(entry, step) for entry in entries])
    return entries


def _point(public):
    """(x, y) of 65 bytes 04‖x‖y. BadSignature unless they are a point of the curve."""
    if len(public) != 65 or public[0] != 4:
        raise BadSignature("a public key that is not 65 bytes 04 x y")
    x, y = number(public[1:33]), number(public[33:])
    if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
        raise BadSignature("a public key that is no point of the curve")
    return x, y


class VerifyingKey:
    """A public key (65 bytes 04‖x‖y) and user id. BadSignature if it is no point of the curve.

    It keeps a table of 1 KB, so that the second signature costs half of the first.
    """

    def __init__(self, public, user_id=DEFAULT_ID):
        self._comb = comb(_point(public), *_SHAPE)
        self._z = identity_hash(public, user_id)

    def verify(self, message: bytes, signature: bytes) -> None:
        """GB/T 32918.2, 7.1. BadSignature unless the key's holder made signature over message."""
        if len(signature) != 64:
            raise BadSignature("a signature that is not 64 bytes")
        e = message_number(self._z, message)
        self.check(e, number(signature[:32]), number(signature[32:]))

    def check(self, e, r, s):
        """BadSignature unless (r, s) fits the hash number e."""
        t = (r + s) % N
        if not 0 < r < N or not 0 < s < N or t == 0:
            raise BadSignature("a signature with numbers out of range")
        point = total([(s, base_comb()), (t, self._comb)])
        if point is None or (e + point[0]) % N != r:
            raise BadSignature("the signature does not fit: forged, or changed on the way")
