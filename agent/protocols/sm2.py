"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017, SM3): the boards' implementation,
and everybody's reference.

The user id goes into every hash; the default is that of GM/T 0009. Points are multiplied in machine
code (``sm2_viper``) where the interpreter compiles it, in plain integers (``sm2_plain``) elsewhere.
Plain integers leak by their running time; where an attacker can measure that, use libcrypto, or a
secure element behind the Signer port.

The parts stand in files of their own, for a board has little room; this is all of them together.
"""

from agent.protocols.sm2_comb import TABLES, use_table
from agent.protocols.sm2_curve import GX, GY, A, B, N, P
from agent.protocols.sm2_sign import (
    DEFAULT_ID,
    DEFAULT_TABLE,
    SigningKey,
    identity_hash,
    kid,
    public_key,
)
from agent.protocols.sm2_verify import VerifyingKey

__all__ = [
    "DEFAULT_ID",
    "DEFAULT_TABLE",
    "GX",
    "GY",
    "TABLES",
    "A",
    "B",
    "N",
    "P",
    "SigningKey",
    "VerifyingKey",
    "identity_hash",
    "kid",
    "public_key",
    "sign",
    "use_table",
    "verify",
]


def sign(d: int, message: bytes, entropy: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """64 bytes r‖s over message by private key d; for more than one, keep a SigningKey."""
    return SigningKey(d, user_id).sign(message, entropy)


def verify(public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> None:
    """BadSignature unless signature is public's over message; to do it again, keep a
    VerifyingKey."""
    VerifyingKey(public, user_id).verify(message, signature)
