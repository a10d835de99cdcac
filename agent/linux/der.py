"""SM2 keys and signatures as DER, the form that OpenSSL and certificates use (GM/T 0009-2012).

Frames carry raw numbers; this is the edge where they are converted.
"""

from agent.errors import BadSignature

SIGNATURE_SIZE = 72  # bytes, at most

# SubjectPublicKeyInfo (RFC 5480): id-ecPublicKey, the curve 1.2.156.10197.1.301, a bit string.
_PUBLIC_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
# The same curve as the parameters of an ECPrivateKey.
_CURVE = bytes.fromhex("a00a06082a811ccf5501822d")


def public_key(public: bytes) -> bytes:
    """The 65 bytes 04‖x‖y as SubjectPublicKeyInfo, 91 bytes."""
    return _PUBLIC_HEAD + public


def private_key(d: int, public: bytes) -> bytes:
    """The key pair as ECPrivateKey (RFC 5915), with the curve's name."""
    body = b"\x02\x01\x01\x04\x20" + d.to_bytes(32, "big") + _CURVE
    body += b"\xa1\x44\x03\x42\x00" + public
    return bytes((0x30, len(body))) + body


def _integer(number: bytes) -> bytes:
    number = number.lstrip(b"\0") or b"\0"
    if number[0] & 0x80:
        number = b"\0" + number
    return bytes((2, len(number))) + number


def from_raw(signature: bytes) -> bytes:
    """The 64 bytes r‖s as SEQUENCE { r INTEGER, s INTEGER }."""
    body = _integer(signature[:32]) + _integer(signature[32:])
    return bytes((0x30, len(body))) + body


def to_raw(der: bytes) -> bytes:
    """The 64 bytes r‖s of a signature. BadSignature unless der is the one canonical encoding."""
    size = der[3] if 8 <= len(der) <= SIGNATURE_SIZE else 0
    r = der[4 : 4 + size].lstrip(b"\0")
    s = der[6 + size :].lstrip(b"\0")
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0")
    # Whatever else der holds, it is not what from_raw would have made of these numbers.
    if from_raw(signature) != der:
        raise BadSignature("a signature that is not canonical DER")
    return signature
