"""SM2 signatures checked (GB/T 32918.2-2016, 7.1)."""

from agent.errors import BadSignature
from agent.protocols.sm2_curve import A, B, N, P
from agent.protocols.sm2_sign import (
    DEFAULT_ID,
    base_comb,
    identity_hash,
    message_number,
    number,
    total,
)

_SHAPE = 5, 1  # a public key's table, of 1 KB


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
        from agent.protocols.sm2_comb import comb

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
