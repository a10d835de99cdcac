"""ES256 (RFC 9053, 2.1: ECDSA on P-256 with SHA-256) for devices whose secure element knows no SM2,
by the cryptography package.

Of the two signatures (r, s) and (r, n - s), which ECDSA accepts alike, only that with the smaller s
is made and accepted: nobody else can give a signed frame another form.

The algorithm is the key's, never the frame's word: a key that is trusted for one is trusted for no
other, and ``Verifiers`` asks the one that knows the key.
"""

from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.errors import BadSignature
from agent.linux.libcrypto import LibcryptoVerifier, PlainVerifier
from agent.protocols.cose import ALG_ES256
from agent.protocols.sm2 import kid as key_id

_SHA256 = ec.ECDSA(hashes.SHA256())
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Es256Signer:
    """The Signer port with private key d of P-256. ValueError for a key out of range.

    A secure element takes its place with the same four: alg, kid, public and sign.
    """

    alg = ALG_ES256
    implementation = "cryptography"

    def __init__(self, d: int) -> None:
        self._key = ec.derive_private_key(d, ec.SECP256R1())
        self.public: bytes = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.kid: bytes = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s over message."""
        r, s = decode_dss_signature(self._key.sign(message, _SHA256))
        return r.to_bytes(32, "big") + min(s, _N - s).to_bytes(32, "big")


class Es256Verifier:
    """The Verifier port, trusting these public keys of P-256 (65 bytes 04‖x‖y each). BadSignature
    if one is no point of the curve."""

    def __init__(self, publics: Iterable[bytes]) -> None:
        self._keys: dict[bytes, ec.EllipticCurvePublicKey] = {}
        for public in publics:
            self.trust(public)

    def trusts(self, kid: bytes) -> bool:
        """Whether the key of this id is trusted."""
        return kid in self._keys

    def trust(self, public: bytes) -> None:
        """Trust one key more. BadSignature if it is none."""
        try:
            if len(public) != 65:
                raise ValueError
            self._keys[key_id(public)] = ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256R1(), public
            )
        except ValueError:
            raise BadSignature("a public key that is no point of P-256") from None

    def forget(self, kid: bytes) -> None:
        """Trust a key no longer; nothing happens where it was not."""
        self._keys.pop(kid, None)

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """BadSignature unless the holder of kid signed message by ES256."""
        if alg != ALG_ES256:
            raise BadSignature(f"an algorithm that is not accepted here: {alg}")
        key = self._keys.get(kid)
        if key is None:
            raise BadSignature("a key that is not known here")
        numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        try:
            if len(signature) != 64 or numbers[1] > _N // 2:
                raise InvalidSignature
            key.verify(encode_dss_signature(*numbers), message, _SHA256)
        except InvalidSignature:
            raise BadSignature(
                "the signature does not fit: forged, or changed on the way"
            ) from None


class Verifiers:
    """The Verifier port over several, each with keys of its own algorithm."""

    def __init__(
        self, verifiers: Sequence[LibcryptoVerifier | PlainVerifier | Es256Verifier]
    ) -> None:
        self._verifiers = verifiers

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """BadSignature unless the holder of kid signed message by that key's algorithm."""
        for verifier in self._verifiers:
            if verifier.trusts(kid):
                verifier.verify(alg, kid, message, signature)
                return
        raise BadSignature("a key that is not known here")
