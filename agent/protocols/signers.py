"""The Signer and Verifier ports by our own SM2: boards, and where libcrypto cannot do it."""

from agent.errors import BadSignature
from agent.protocols.cose import ALG_SM2_SM3
from agent.protocols.sm2_sign import SigningKey, kid
from agent.protocols.sm2_verify import VerifyingKey


class SoftSigner:
    """Signs with private key d. entropy: an Entropy, for the nonce's hedge. check: whether
    each signature is verified before it is given out, see sm2_sign.SigningKey."""

    alg = ALG_SM2_SM3

    def __init__(self, d, entropy, check=False):
        self._key = SigningKey(d, check=VerifyingKey if check else None)
        self._entropy = entropy
        self.public = self._key.public
        self.kid = self._key.kid

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s."""
        return self._key.sign(message, self._entropy.take(32))


class SoftVerifier:
    """Trusts the public keys given (65 bytes each). BadSignature if one is no key."""

    def __init__(self, publics):
        self._keys = {kid(public): VerifyingKey(public) for public in publics}

    def trusts(self, kid) -> bool:
        """Whether the key of this id is trusted."""
        return kid in self._keys

    def trust(self, public):
        """Trust one key more. BadSignature if it is none."""
        if kid(public) not in self._keys:
            self._keys[kid(public)] = VerifyingKey(public)

    def forget(self, kid):
        """Trust a key no longer; nothing happens where it was not."""
        self._keys.pop(kid, None)

    def verify(self, alg, kid, message, signature):
        """BadSignature unless the holder of kid signed message."""
        if alg != ALG_SM2_SM3:
            raise BadSignature("an algorithm that is not accepted here: %d" % alg)
        key = self._keys.get(kid)
        if key is None:
            raise BadSignature("a key that is not known here")
        key.verify(message, signature)
