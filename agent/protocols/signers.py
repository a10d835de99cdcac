"""The Signer and Verifier ports by SM2 in plain integers."""

from agent.errors import BadSignature
from agent.protocols import sm2
from agent.protocols.cose import ALG_SM2_SM3
from agent.protocols.sm3 import digest


class SoftSigner:
    """Signs with private key d. entropy: an Entropy, for the nonce's hedge."""

    alg = ALG_SM2_SM3

    def __init__(self, d, entropy):
        self._d = d
        self._entropy = entropy
        self.public = sm2.public_key(d)
        self.kid = sm2.kid(self.public)
        self._z = sm2.identity_hash(self.public)

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s."""
        e = int.from_bytes(digest(self._z + message), "big")
        return sm2.sign_hash(self._d, e, self._entropy.take(32))


class SoftVerifier:
    """Trusts the public keys given (65 bytes each)."""

    def __init__(self, publics):
        self._publics = {sm2.kid(public): public for public in publics}

    def verify(self, alg, kid, message, signature):
        """BadSignature unless the holder of kid signed message."""
        public = self._publics.get(kid)
        if alg != ALG_SM2_SM3:
            raise BadSignature("an algorithm that is not accepted here: %d" % alg)
        if public is None:
            raise BadSignature("a key that is not known here")
        sm2.verify(public, message, signature)
