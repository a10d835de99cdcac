"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017, SM3) in plain integers: the
boards' implementation, and everybody's reference.

The user id goes into every hash; the default is that of GM/T 0009. The nonce is a hedged
deterministic one: HMAC-SM3 over key, message and fresh entropy (the loop of RFC 6979, 3.2), so that
neither a bad random generator nor a repeated message repeats it. Plain integers leak by their
running time; where an attacker can measure that, use a secure element behind the Signer port.
"""

from agent.errors import BadSignature
from agent.protocols.sm3 import Hmac, digest

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
DEFAULT_ID = b"1234567812345678"

# The comb: bit 64 i + j of a scalar is tooth i of column j.
_TEETH = 4
_SPACING = 64

_INFINITY = (0, 1, 0)


def _bytes32(number):
    return number.to_bytes(32, "big")


def _number(data):
    return int.from_bytes(data, "big")


def _double(point):
    """2 * point in Jacobian coordinates, for a = -3. z stays 0 at infinity."""
    x, y, z = point
    zz = z * z % P
    yy = y * y % P
    beta = x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(point, x2, y2):
    """point + (x2, y2): Jacobian plus affine."""
    x1, y1, z1 = point
    if z1 == 0:
        return x2, y2, 1
    zz = z1 * z1 % P
    h = (x2 * zz - x1) % P
    r = (y2 * (zz * z1 % P) - y1) % P
    if h == 0:
        return _double(point) if r == 0 else _INFINITY
    hh = h * h % P
    hhh = h * hh % P
    v = x1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - y1 * hhh) % P, z1 * h % P


def _affine(points):
    """Each (x, y) of Jacobian points, none at infinity, by one inversion for all of them."""
    products = [1]
    for point in points:
        products.append(products[-1] * point[2] % P)
    inverse = pow(products.pop(), P - 2, P)
    result = []
    for x, y, z in reversed(points):
        own = inverse * products.pop() % P
        inverse = inverse * z % P
        square = own * own % P
        result.append((x * square % P, y * square * own % P))
    result.reverse()
    return result


def comb_table(x, y) -> bytearray:
    """1 KB for one point: entry i, 64 bytes x‖y, is the sum of (x, y) * 2**(64 t) over the bits t
    of i; entry 0 is empty."""
    table = bytearray(64 << _TEETH)  # first, while memory is in one piece
    point = (x, y, 1)
    teeth = [point]
    for _ in range(_TEETH - 1):
        for _ in range(_SPACING):
            point = _double(point)
        teeth.append(point)
    sums = [_INFINITY]
    for x, y in _affine(teeth):
        sums.extend([_add(point, x, y) for point in sums])
    at = 64
    for x, y in _affine(sums[1:]):
        table[at : at + 64] = _bytes32(x) + _bytes32(y)
        at += 64
    return table


_tables: "list[bytearray]" = []


def _base_table():
    """The table of the base point, made at first use."""
    if not _tables:
        _tables.append(comb_table(GX, GY))
    return _tables[0]


def _combine(terms):
    """The sum of k * point over terms (k, the point's table), in Jacobian coordinates."""
    point = _INFINITY
    for column in range(_SPACING - 1, -1, -1):
        point = _double(point)
        for k, table in terms:
            k >>= column
            at = (k & 1 | k >> 63 & 2 | k >> 126 & 4 | k >> 189 & 8) * 64
            if at:
                point = _add(point, _number(table[at : at + 32]), _number(table[at + 32 : at + 64]))
    return point


def _times_base(k):
    """(x, y) of k * G, 0 < k < n."""
    return _affine([_combine([(k, _base_table())])])[0]


def public_key(d: int) -> bytes:
    """The 65 bytes 04‖x‖y of private key d. ValueError unless 0 < d < n - 1."""
    if not 0 < d < N - 1:
        raise ValueError("a private key out of range")
    x, y = _times_base(d)
    return b"\x04" + _bytes32(x) + _bytes32(y)


def _point(public):
    """(x, y) of 65 bytes 04‖x‖y. BadSignature unless they are a point of the curve."""
    if len(public) != 65 or public[0] != 4:
        raise BadSignature("a public key that is not 65 bytes 04 x y")
    x, y = _number(public[1:33]), _number(public[33:])
    if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
        raise BadSignature("a public key that is no point of the curve")
    return x, y


def kid(public: bytes) -> bytes:
    """The key id of a public key: the first 8 bytes of SM3 over its 65 bytes."""
    return digest(public)[:8]


def identity_hash(public, user_id=DEFAULT_ID) -> bytes:
    """Z_A of GB/T 32918.2, 5.5: user id, curve and key in one hash."""
    curve = b"".join([_bytes32(number) for number in (A, B, GX, GY)])
    return digest((len(user_id) * 8).to_bytes(2, "big") + user_id + curve + public[1:])


def _nonces(d, e, entropy):
    """Nonces in 1..n-1, without end: RFC 6979, 3.2, with HMAC-SM3 and additional data (3.6)."""
    seed = _bytes32(d) + _bytes32(e % N) + entropy
    value = b"\x01" * 32
    mac = Hmac(bytes(32))
    for step in (b"\x00", b"\x01"):
        mac = Hmac(mac.digest(value + step + seed))
        value = mac.digest(value)
    while True:
        value = mac.digest(value)
        k = _number(value)
        if 0 < k < N:
            yield k
        mac = Hmac(mac.digest(value + b"\x00"))
        value = mac.digest(value)


class SigningKey:
    """Private key d and user id, with what every signature needs of them computed once."""

    def __init__(self, d, user_id=DEFAULT_ID):
        self.public = public_key(d)
        self.kid = kid(self.public)
        self._d = d
        self._inverse = pow(1 + d, N - 2, N)
        self._z = identity_hash(self.public, user_id)

    def sign(self, message: bytes, entropy: bytes) -> bytes:
        """64 bytes r‖s over message. entropy: 32 bytes are plenty, b"" is allowed."""
        e = _number(digest(self._z + message))
        nonces = _nonces(self._d, e, entropy)
        while True:
            signature = self.with_nonce(e, next(nonces))
            if signature is not None:
                return _bytes32(signature[0]) + _bytes32(signature[1])

    def with_nonce(self, e, k):
        """(r, s) over the hash number e with nonce k; None where k does not serve (6.1, A5, A6).

        ValueError unless 0 < k < n. A k that is used twice, or known, gives the private key away.
        """
        if not 0 < k < N:
            raise ValueError("a nonce out of range")
        r = (e + _times_base(k)[0]) % N
        if r == 0 or r + k == N:
            return None
        s = self._inverse * (k - r * self._d) % N
        return (r, s) if s else None


class VerifyingKey:
    """A public key (65 bytes 04‖x‖y) and user id. BadSignature if it is no point of the curve.

    It keeps a table of 1 KB, so that the second signature costs half of the first.
    """

    def __init__(self, public, user_id=DEFAULT_ID):
        self._table = comb_table(*_point(public))
        self._z = identity_hash(public, user_id)

    def verify(self, message: bytes, signature: bytes) -> None:
        """GB/T 32918.2, 7.1. BadSignature unless the key's holder made signature over message."""
        if len(signature) != 64:
            raise BadSignature("a signature that is not 64 bytes")
        e = _number(digest(self._z + message))
        self.check(e, _number(signature[:32]), _number(signature[32:]))

    def check(self, e, r, s):
        """BadSignature unless (r, s) fits the hash number e."""
        t = (r + s) % N
        if not 0 < r < N or not 0 < s < N or t == 0:
            raise BadSignature("a signature with numbers out of range")
        point = _combine([(s, _base_table()), (t, self._table)])
        if point[2] == 0 or (e + _affine([point])[0][0]) % N != r:
            raise BadSignature("the signature does not fit: forged, or changed on the way")


def sign(d: int, message: bytes, entropy: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """64 bytes r‖s over message by private key d; for more than one, keep a SigningKey."""
    return SigningKey(d, user_id).sign(message, entropy)


def verify(public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> None:
    """BadSignature unless signature is public's over message; to do it again, keep a
    VerifyingKey."""
    VerifyingKey(public, user_id).verify(message, signature)
