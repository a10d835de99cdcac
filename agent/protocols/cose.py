"""COSE_Sign1 (RFC 9052, section 4.2) as frames use it: tag 18, a protected header of algorithm and
key id, an empty unprotected header, an embedded payload, a raw r‖s signature of 64 bytes.
"""

from agent.errors import BadFrame
from agent.protocols import cbor

# SM2 with SM3 has no IANA registration: a number from COSE's private-use range (below -65536).
# The user id is that of GM/T 0009. This is the one place where the number stands.
ALG_SM2_SM3 = -65600
ALG_ES256 = -7

SIGN1_TAG = 18
SIGNATURE_SIZE = 64
KID_SIZE = 8


def _to_be_signed(protected, payload):
    return cbor.encode(["Signature1", protected, b"", payload])


def sign1(payload: bytes, signer) -> bytes:
    """The COSE_Sign1 of payload by signer (a Signer)."""
    protected = cbor.encode({1: signer.alg, 4: signer.kid})
    signature = signer.sign(_to_be_signed(protected, payload))
    return cbor.encode(cbor.Tag(SIGN1_TAG, [protected, {}, payload, signature]))


class Sign1:
    """A parsed but unverified COSE_Sign1."""

    def __init__(self, alg, kid, payload, message, signature):
        self.alg = alg
        self.kid = kid
        self.payload = payload
        self.message = message
        self.signature = signature


def parse1(data: bytes) -> "Sign1":
    """Take a COSE_Sign1 apart. BadFrame if it is none of our shape. It proves nothing yet."""
    tagged = cbor.decode(data)
    if not isinstance(tagged, cbor.Tag) or tagged.number != SIGN1_TAG:
        raise BadFrame("no COSE_Sign1")
    parts = tagged.value
    if not isinstance(parts, list) or len(parts) != 4:
        raise BadFrame("a COSE_Sign1 without its four parts")
    protected, unprotected, payload, signature = parts
    if not isinstance(protected, bytes) or not isinstance(payload, bytes) or unprotected != {}:
        raise BadFrame("a COSE_Sign1 with a header or payload of another kind")
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_SIZE:
        raise BadFrame("a signature that is not 64 bytes")
    header = cbor.decode(protected)
    if not isinstance(header, dict) or sorted(header) != [1, 4]:
        raise BadFrame("a protected header that is not algorithm and key id")
    alg, kid = header[1], header[4]
    if alg is True or alg is False or not isinstance(alg, int):
        raise BadFrame("an algorithm that is no number")
    if not isinstance(kid, bytes) or len(kid) != KID_SIZE:
        raise BadFrame("a key id that is not 8 bytes")
    return Sign1(alg, kid, payload, _to_be_signed(protected, payload), signature)


def open1(data: bytes, verifier) -> bytes:
    """The payload, proven. BadFrame for bytes of another shape, BadSignature for a forgery."""
    sign1 = parse1(data)
    verifier.verify(sign1.alg, sign1.kid, sign1.message, sign1.signature)
    return sign1.payload


def split(data: bytes):
    """The items of a CBOR sequence (RFC 8742), each as its bytes, not looked into. What follows the
    last whole item is one more, for parse1 to refuse. BadFrame if there is no whole item."""
    items: "list[bytes]" = []
    at = 0
    while at < len(data):
        try:
            size = cbor.decode_first(data[at:])[1]
        except BadFrame:
            if not items:
                raise
            size = len(data) - at
        items.append(data[at : at + size])
        at += size
    if not items:
        raise BadFrame("an empty sequence")
    return items
