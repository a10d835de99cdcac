"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017, SM3) in plain integers: the
boards' implementation, and everybody's reference.

The user id goes into every hash; the default is that of GM/T 0009. The nonce is a hedged
deterministic one: HMAC-SM3 over key, message and fresh entropy (the loop of RFC 6979, 3.2), so that
neither a bad random generator nor a repeated message repeats it. Plain integers leak by their
running time; where an attacker can measure that, use a secure element behind the Signer port.
"""

from agent.errors import BadSignature
from agent.protocols.sm3 import digest, hmac

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
DEFAULT_ID = b"1234567812345678"

# The comb: bit i*64 + j of a scalar is tooth i of column j. 15 points, 64 bytes each.
_TEETH = 4
_SPACING = 64

_INFINITY = (0, 1, 0)


def _double(point):
    """2 * point in Jacobian coordinates, for a = -3."""
    x, y, z = point
    if z == 0:
        return _INFINITY
    zz = z * z % P
    yy = y * y % P
    beta = x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * yy * yy) % P, ((y + z) * (y + z) - yy - zz) % P


def _add(point, affine):
    """point + affine: Jacobian plus (x, y)."""
    x1, y1, z1 = point
    x2, y2 = affine
    if z1 == 0:
        return x2, y2, 1
    zz = z1 * z1 % P
    h = (x2 * zz - x1) % P
    r = (y2 * zz * z1 - y1) % P
    if h == 0:
        return _double(point) if r == 0 else _INFINITY
    hh = h * h % P
    hhh = h * hh % P
    v = x1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - y1 * hhh) % P, z1 * h % P


def _affine(point):
    x, y, z = point
    inverse = pow(z, P - 2, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def comb_table(x, y):
    """The 15 sums of (x, y) * 2**(64 i) over the subsets of four teeth; index 0 stands empty."""
    bases = [(x, y)]
    for _ in range(_TEETH - 1):
        point = (bases[-1][0], bases[-1][1], 1)
        for _ in range(_SPACING):
            point = _double(point)
        bases.append(_affine(point))
    table = [None] * (1 << _TEETH)
    for index in range(1, 1 << _TEETH):
        high = 3 if index & 8 else 2 if index & 4 else 1 if index & 2 else 0
        rest = table[index ^ 1 << high]
        if rest is None:
            table[index] = bases[high]
        else:
            table[index] = _affine(_add((rest[0], rest[1], 1), bases[high]))
    return table


_tables: "list[list]" = []


def _base_table():
    """The comb table of the base point, made at first use."""
    if not _tables:
        _tables.append(comb_table(GX, GY))
    return _tables[0]


def _times_base(k):
    """k * G in Jacobian coordinates, 0 < k < n."""
    table = _base_table()
    point = _INFINITY
    for column in range(_SPACING - 1, -1, -1):
        point = _double(point)
        index = (
            k >> column & 1 | k >> column + 63 & 2 | k >> column + 126 & 4 | k >> column + 189 & 8
        )
        if index:
            point = _add(point, table[index])
    return point


def _times(k, x, y):
    """k * (x, y) by a window of four bits."""
    multiples = [None, (x, y)]
    point = (x, y, 1)
    for _ in range(14):
        point = _add(point, (x, y)) if len(multiples) > 2 else _double(point)
        multiples.append(_affine(point))
    result = _INFINITY
    for shift in range(252, -4, -4):
        for _ in range(4):
            result = _double(result)
        digit = k >> shift & 15
        if digit:
            result = _add(result, multiples[digit])
    return result


def _point(public):
    """(x, y) of 65 bytes 04‖x‖y that lie on the curve. BadSignature otherwise."""
    if len(public) != 65 or public[0] != 4:
        raise BadSignature("a public key that is not 65 bytes 04 x y")
    x = int.from_bytes(public[1:33], "big")
    y = int.from_bytes(public[33:], "big")
    if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
        raise BadSignature("a public key that is no point of the curve")
    return x, y


def public_key(d: int) -> bytes:
    """The 65 bytes 04‖x‖y of private key d. ValueError unless 0 < d < n - 1."""
    if not 0 < d < N - 1:
        raise ValueError("a private key out of range")
    x, y = _affine(_times_base(d))
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def kid(public: bytes) -> bytes:
    """The key id of a public key: the first 8 bytes of SM3 over its 65 bytes."""
    return digest(public)[:8]


def identity_hash(public, user_id=DEFAULT_ID) -> bytes:
    """Z_A of GB/T 32918.2, 5.5: user id, curve and key in one hash."""
    curve = b"".join([number.to_bytes(32, "big") for number in (A, B, GX, GY)])
    return digest((len(user_id) * 8).to_bytes(2, "big") + user_id + curve + public[1:])


def sign_with_nonce(d, e, k):
    """(r, s) for the hash number e and the nonce k, or None where k does not serve (6.1)."""
    r = (e + _affine(_times_base(k))[0]) % N
    if r == 0 or r + k == N:
        return None
    s = pow(1 + d, N - 2, N) * (k - r * d) % N
    return (r, s) if s else None


def _nonces(d, e, entropy):
    """Nonces in 1..n-1, without end: RFC 6979, 3.2, with HMAC-SM3 and additional data (3.6)."""
    seed = d.to_bytes(32, "big") + (e % N).to_bytes(32, "big") + entropy
    value = b"\x01" * 32
    key = hmac(bytes(32), value + b"\x00" + seed)
    value = hmac(key, value)
    key = hmac(key, value + b"\x01" + seed)
    value = hmac(key, value)
    while True:
        value = hmac(key, value)
        k = int.from_bytes(value, "big")
        if 0 < k < N:
            yield k
        key = hmac(key, value + b"\x00")
        value = hmac(key, value)


def sign_hash(d, e, entropy) -> bytes:
    """64 bytes r‖s over the hash number e, with as many bytes of entropy as can be had."""
    for k in _nonces(d, e, entropy):
        signature = sign_with_nonce(d, e, k)
        if signature is not None:
            return signature[0].to_bytes(32, "big") + signature[1].to_bytes(32, "big")
    raise BadSignature("no nonce")  # not reached: the nonces never end


def sign(d: int, message: bytes, entropy: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """64 bytes r‖s over message by private key d."""
    z = identity_hash(public_key(d), user_id)
    return sign_hash(d, int.from_bytes(digest(z + message), "big"), entropy)


def verify(public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> None:
    """BadSignature unless signature (64 bytes r‖s) is that of public's holder over message."""
    x, y = _point(public)
    e = int.from_bytes(digest(identity_hash(public, user_id) + message), "big")
    verify_hash(x, y, e, signature)


def verify_hash(x, y, e, signature):
    """The check of GB/T 32918.2, 7.1, on the hash number e. BadSignature if it fails."""
    if len(signature) != 64:
        raise BadSignature("a signature that is not 64 bytes")
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not 0 < r < N or not 0 < s < N or t == 0:
        raise BadSignature("a signature with numbers out of range")
    point = _times_base(s)
    other = _times(t, x, y)
    if other[2] == 0:
        raise BadSignature("a signature that fits no key")
    point = _add(point, _affine(other))
    if point[2] == 0 or (e + _affine(point)[0]) % N != r:
        raise BadSignature("the signature does not fit: forged, or changed on the way")
