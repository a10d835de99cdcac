"""SM2 signatures made (GB/T 32918.2-2016, 6.1).

The nonce is a hedged deterministic one: HMAC-SM3 over key, message and fresh entropy (the loop of
RFC 6979, 3.2), so that neither a bad random generator nor a repeated message repeats it.
"""

from agent.protocols.sm2_curve import N
from agent.protocols.sm2_keys import (
    DEFAULT_ID,
    bytes32,
    identity_hash,
    kid,
    number,
    public_key,
    times_base,
)
from agent.protocols.sm3 import Hmac, digest


def _nonces(d, e, entropy):
    """Nonces in 1..n-1, without end: RFC 6979, 3.2, with HMAC-SM3 and additional data (3.6)."""
    seed = bytes32(d) + bytes32(e % N) + entropy
    value = b"\x01" * 32
    mac = Hmac(bytes(32))
    for step in (b"\x00", b"\x01"):
        mac = Hmac(mac.digest(value + step + seed))
        value = mac.digest(value)
    while True:
        value = mac.digest(value)
        k = number(value)
        if 0 < k < N:
            yield k
        mac = Hmac(mac.digest(value + b"\x00"))
        value = mac.digest(value)


class SigningKey:
    """Private key d and user id, with what every signature needs of them computed once.

    check: verify each signature before it is given out, for a fault in the computation (a glitch on
    the supply, a flipped bit) can give the key away. It costs 1 KB, and a signature twice the time.
    """

    def __init__(self, d, user_id=DEFAULT_ID, check=False):
        self.public = public_key(d)
        self.kid = kid(self.public)
        self._d = d
        self._inverse = pow(1 + d, N - 2, N)
        self._z = identity_hash(self.public, user_id)
        self._check = None
        if check:
            from agent.protocols.sm2_verify import VerifyingKey

            self._check = VerifyingKey(self.public, user_id)

    def sign(self, message: bytes, entropy: bytes) -> bytes:
        """64 bytes r‖s over message. entropy: 32 bytes are plenty, b"" is allowed. BadSignature if
        the signature was to be checked and is wrong: it was thrown away."""
        e = number(digest(self._z + message))
        for k in _nonces(self._d, e, entropy):
            signature = self.with_nonce(e, k)
            if signature is not None:
                break
        if self._check is not None:
            self._check.check(e, signature[0], signature[1])
        return bytes32(signature[0]) + bytes32(signature[1])

    def with_nonce(self, e, k):
        """(r, s) over the hash number e with nonce k; None where k does not serve (6.1, A5, A6).

        ValueError unless 0 < k < n. A k that is used twice, or known, gives the private key away.
        """
        if not 0 < k < N:
            raise ValueError("a nonce out of range")
        r = (e + times_base(k)[0]) % N
        if r == 0 or r + k == N:
            return None
        # (1 + d)**-1 (k - r d), with one product that knows the key instead of two.
        s = (self._inverse * (k + r) - r) % N
        return (r, s) if s else None
