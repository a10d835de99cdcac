"""The P-256 key by which a board is known to a broker: made on the board, and never leaves it.

mbedTLS uses such keys and makes none that Python could have, so this does, in plain integers. The
workstation loads it for an enrolment, where some seconds are nothing; a board that runs has no need
of it (docs/decisions/0016).
"""

import hashlib
import os

from board.identity import fresh

FILE = "/tls-key.der"

# FIPS 186-5 and SP 800-186, 3.2.1.3.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)

# An ECPrivateKey (RFC 5915) is this, the key, and that: the curve by its name. The public half is
# left out; mbedTLS computes it.
_BEFORE = b"\x30\x31\x02\x01\x01\x04\x20"
_BEHIND = b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"


def make(path=FILE):
    """Make a key, unless there is one; the public half, 65 bytes 04‖x‖y. ValueError for a damaged
    file."""
    key = load(path)
    if key is None:
        key = fresh(N)
        with open(path + ".new", "wb") as file:
            file.write(packed(key))
        os.rename(path + ".new", path)
    return public(key)


def load(path=FILE):
    """The private key, or None where there is none yet. ValueError if the file is damaged."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    key = int.from_bytes(data[len(_BEFORE) : -len(_BEHIND)], "big")
    if not 0 < key < N or data != packed(key):
        raise ValueError("the key for TLS is damaged; this board needs another one")
    return key


def packed(key) -> bytes:
    """A key as mbedTLS reads it."""
    return _BEFORE + key.to_bytes(32, "big") + _BEHIND


def public(key) -> bytes:
    """The public half of a private key, 65 bytes 04‖x‖y."""
    x, y = _times(key)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def sign(message, path=FILE) -> bytes:
    """64 bytes r‖s over SHA-256 of message (FIPS 186-5, 6.4), for a certificate request; the nonce
    is that of RFC 6979."""
    key = load(path)
    e = int.from_bytes(hashlib.sha256(message).digest(), "big") % N
    nonces = _nonces(key, e)
    r = s = 0
    while not r or not s:
        k = next(nonces)
        r = _times(k)[0] % N
        s = pow(k, N - 2, N) * (e + r * key) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _nonces(key, e):
    """Nonces in 1..n-1, without end (RFC 6979, 3.2)."""
    seed = key.to_bytes(32, "big") + e.to_bytes(32, "big")
    mac, value = bytes(32), b"\x01" * 32
    for step in (b"\x00", b"\x01"):
        mac = _hmac(mac, value + step + seed)
        value = _hmac(mac, value)
    while True:
        value = _hmac(mac, value)
        k = int.from_bytes(value, "big")
        if 0 < k < N:
            yield k
        mac = _hmac(mac, value + b"\x00")
        value = _hmac(mac, value)


def _hmac(key, message):
    """HMAC with SHA-256 (RFC 2104) for a key of 32 bytes."""
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]) + b"\x36" * 32)
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]) + b"\x5c" * 32)
    outer.update(inner.digest())
    return outer.digest()


def _times(k):
    """(x, y) of k * G: the same steps for every k."""
    found = (0, 1, 0)
    for place in range(255, -1, -1):
        found = _sum(found, found)
        found = (found, _sum(found, G))[k >> place & 1]
    x, y, z = found
    inverse = pow(z, P - 2, P)
    return x * inverse % P, y * inverse % P


def _sum(one, other):
    """one + other in projective coordinates, any two points: the complete addition of Renes,
    Costello and Batina (2015), theorem 1, for a = -3."""
    x1, y1, z1 = one
    x2, y2, z2 = other
    xx, yy, zz = x1 * x2, y1 * y2, z1 * z2
    xy, yz, xz = x1 * y2 + x2 * y1, y1 * z2 + y2 * z1, x1 * z2 + x2 * z1
    low, high = yy - 3 * (xz - B * zz), yy + 3 * (xz - B * zz)
    slope = 3 * (xx - zz)
    rest = 3 * (B * xz - xx - 3 * zz)
    return (
        (xy * high - yz * rest) % P,
        (slope * rest + low * high) % P,
        (yz * low + xy * slope) % P,
    )
