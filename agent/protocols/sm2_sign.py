"""SM2 keys, and signatures made (GB/T 32918.2-2016).

The nonce is a hedged deterministic one: HMAC-SM3 over key, message and fresh entropy (the loop of
RFC 6979, 3.2), so that neither a bad random generator nor a repeated message repeats it.
"""

from agent.protocols import sm3
from agent.protocols.sm2_curve import GX, GY, A, B, Comb, N, arithmetic, base
from agent.protocols.sm3 import Hmac, digest

# The user id of GM/T 0009.
DEFAULT_ID = b"1234567812345678"
DEFAULT_TABLE = 2  # KB, of the base point


def base_comb() -> "Comb":
    """The Comb of the base point."""
    if not base:
        from agent.protocols.sm2_comb import use_table

        use_table(DEFAULT_TABLE)
    return base[0]


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


def message_number(z, message) -> int:
    """The number that is signed: SM3 over z (an identity's hash) and message, which is not copied:
    a board has no large piece of memory left."""
    if len(message) < 32:
        return number(digest(z + message))
    return number(sm3.finish(sm3.begin(z + message[:32]), 64, memoryview(message)[32:]))


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

    check: sm2_verify.VerifyingKey verifies each signature before it is given out, for a fault in
    the computation (a glitch on the supply, a flipped bit) can give the key away. It costs 1 KB,
    and a signature twice the time.
    """

    def __init__(self, d, user_id=DEFAULT_ID, check=None):
        self.public = public_key(d)
        self.kid = kid(self.public)
        self._d = d
        self._inverse = pow(1 + d, N - 2, N)
        self._z = identity_hash(self.public, user_id)
        self._check = check(self.public, user_id) if check else None

    def sign(self, message: bytes, entropy: bytes) -> bytes:
        """64 bytes r‖s over message. entropy: 32 bytes are plenty, b"" is allowed. BadSignature if
        the signature was to be checked and is wrong: it was thrown away."""
        e = message_number(self._z, message)
        for k in _nonces(self._d, e, entropy):
            signature = self.with_nonce(e, k)
            if signature is not None:
                break
        if self._check:
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
