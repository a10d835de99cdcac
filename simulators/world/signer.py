"""A deterministic, fast stand-in for SM2 in scenarios: who knows the secret can sign and verify.

It proves nothing to anybody else, and is used on simulated time only.
"""

import hashlib

from agent.errors import BadSignature
from agent.protocols.cose import ALG_SM2_SM3


def _signature(secret, message):
    first = hashlib.sha256(secret + message).digest()
    return first + hashlib.sha256(secret + first).digest()


def _kid(secret):
    return hashlib.sha256(secret).digest()[:8]


class DigestSigner:
    """The Signer port."""

    alg = ALG_SM2_SM3

    def __init__(self, secret):
        self._secret = secret
        self.kid = _kid(secret)

    def sign(self, message):
        """64 bytes."""
        return _signature(self._secret, message)


class DigestVerifier:
    """The Verifier port, trusting these secrets."""

    def __init__(self, secrets):
        self._secrets = {_kid(secret): secret for secret in secrets}

    def trusts(self, kid):
        """Whether the secret of this id is trusted."""
        return kid in self._secrets

    def trust(self, secret):
        """Trust one more."""
        self._secrets[_kid(secret)] = secret

    def forget(self, kid):
        """Trust it no longer; nothing happens where it was not."""
        self._secrets.pop(kid, None)

    def verify(self, alg, kid, message, signature):
        """BadSignature unless the holder of kid signed message."""
        secret = self._secrets.get(kid)
        if secret is None or alg != ALG_SM2_SM3 or _signature(secret, message) != signature:
            raise BadSignature("the signature does not fit: forged, or changed on the way")
