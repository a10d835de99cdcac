"""Which algorithm a node signs by, and how a platform verifies a fleet of both.

SM2 is the rule; ES256 is for a machine whose secure element knows P-256 only. A public key is a
point of one curve, and that names its algorithm: a frame that says another one is refused.
"""

import errno
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Union

from agent.linux.libcrypto import (
    LibcryptoSigner,
    LibcryptoVerifier,
    PlainSigner,
    PlainVerifier,
    make_signer,
    make_verifier,
)
from agent.ports import Entropy
from agent.protocols.sm2 import A, B, P

if TYPE_CHECKING:
    from agent.linux.es256 import Es256Signer, Verifiers

NodeSigner = Union[LibcryptoSigner, PlainSigner, "Es256Signer"]
FleetVerifier = Union[LibcryptoVerifier, PlainVerifier, "Verifiers"]

SM2, ES256 = "SM2", "ES256"
ALGORITHMS = (SM2, ES256)


def signer(algorithm: str, d: int, entropy: Entropy) -> NodeSigner:
    """The Signer of a private key by the algorithm of that name. OSError where what it needs is not
    installed."""
    if algorithm == SM2:
        return make_signer(d, entropy)
    made: NodeSigner = _es256().Es256Signer(d)
    return made


def verifier(publics: Iterable[bytes]) -> FleetVerifier:
    """Trusts these public keys (65 bytes each), every one by the algorithm of its curve.
    BadSignature for a point of neither."""
    publics = list(publics)
    others = [public for public in publics if not _is_sm2(public)]
    known = make_verifier(public for public in publics if _is_sm2(public))
    if not others:
        return known
    module = _es256()
    both: FleetVerifier = module.Verifiers([known, module.Es256Verifier(others)])
    return both


def _is_sm2(public: bytes) -> bool:
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    return (y * y - (x * x + A) * x - B) % P == 0


def _es256() -> ModuleType:
    try:
        from agent.linux import es256
    except ImportError:
        raise OSError(
            errno.ENOPKG, "ES256 needs cryptography: pip install 'pole-agent[identity]'"
        ) from None
    return es256
