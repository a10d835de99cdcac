"""The authority's private keys as files: PKCS#8 under a passphrase (PBES2, RFC 8018), mode 0600.

`openssl pkey -in FILE` reads them. SM2 keys are put into PKCS#8 here, for `cryptography` does not
know their curve; P-256 keys are its own.
"""

import base64
import errno
import hashlib
import os
import secrets
import textwrap
from pathlib import Path
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import ObjectIdentifier

from agent.errors import BadSettings
from agent.linux import whole_files
from agent.linux.der import private_key
from agent.protocols import sm2
from provisioning.authority.x509_forms import EC_PUBLIC_KEY, SM2_CURVE

_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_PBKDF2 = ObjectIdentifier("1.2.840.113549.1.5.12")
_HMAC_SHA256 = ObjectIdentifier("1.2.840.113549.2.9")
_AES256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")
ITERATIONS = 600_000  # OWASP's figure for PBKDF2 with HMAC-SHA-256
_MOST_ITERATIONS = 10_000_000  # a damaged file must not keep us busy for hours
SHORTEST_PASSPHRASE = 12
_LABEL = "ENCRYPTED PRIVATE KEY"


@asn1.sequence
class _Algorithm:
    oid: ObjectIdentifier
    curve: ObjectIdentifier


@asn1.sequence
class _PrivateKey:
    version: int
    algorithm: _Algorithm
    key: bytes


@asn1.sequence
class _Prf:
    oid: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _DerivationParameters:
    salt: bytes
    iterations: int
    prf: _Prf


@asn1.sequence
class _Derivation:
    oid: ObjectIdentifier
    parameters: _DerivationParameters


@asn1.sequence
class _Cipher:
    oid: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _SchemeParameters:
    derivation: _Derivation
    cipher: _Cipher


@asn1.sequence
class _Scheme:
    oid: ObjectIdentifier
    parameters: _SchemeParameters


@asn1.sequence
class _Encrypted:
    scheme: _Scheme
    data: bytes


@asn1.sequence
class _EcPrivateKey:
    version: int
    key: bytes
    curve: Annotated[ObjectIdentifier | None, asn1.Explicit(0)]
    public: Annotated[asn1.BitString | None, asn1.Explicit(1)]


def check_passphrase(passphrase: bytes) -> None:
    """BadSettings for a passphrase that is too short to protect an authority."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BadSettings([f"a passphrase needs {SHORTEST_PASSPHRASE} characters or more"])


def save_sm2(path: Path, d: int, passphrase: bytes) -> None:
    """Write the SM2 private key d. FileExistsError if there is a file already."""
    body = private_key(d, sm2.public_key(d))
    plain = asn1.encode_der(
        _PrivateKey(version=0, algorithm=_Algorithm(oid=EC_PUBLIC_KEY, curve=SM2_CURVE), key=body)
    )
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(_derive(passphrase, salt, ITERATIONS)), modes.CBC(iv))
    writer = encryptor.encryptor()
    data = writer.update(padder.update(plain) + padder.finalize()) + writer.finalize()
    parameters = _DerivationParameters(
        salt=salt, iterations=ITERATIONS, prf=_Prf(oid=_HMAC_SHA256, parameters=asn1.Null())
    )
    scheme = _SchemeParameters(
        derivation=_Derivation(oid=_PBKDF2, parameters=parameters),
        cipher=_Cipher(oid=_AES256_CBC, iv=iv),
    )
    encrypted = _Encrypted(scheme=_Scheme(oid=_PBES2, parameters=scheme), data=data)
    write_secret(path, pem(_LABEL, asn1.encode_der(encrypted)))


def load_sm2(path: Path, passphrase: bytes) -> int:
    """The SM2 private key in path. BadSettings for a wrong passphrase or a damaged file."""
    try:
        encrypted = asn1.decode_der(_Encrypted, unpem(_LABEL, path.read_bytes()))
        scheme = encrypted.scheme.parameters
        derivation = scheme.derivation.parameters
        if not 0 < derivation.iterations <= _MOST_ITERATIONS:
            raise ValueError
    except ValueError:
        raise BadSettings([f"{path} is no private key, or a damaged one"]) from None
    try:
        secret = _derive(passphrase, derivation.salt, derivation.iterations)
        reader = Cipher(algorithms.AES256(secret), modes.CBC(scheme.cipher.iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = reader.update(encrypted.data) + reader.finalize()
        plain = asn1.decode_der(_PrivateKey, unpadder.update(padded) + unpadder.finalize())
        key = asn1.decode_der(_EcPrivateKey, plain.key)
        d = int.from_bytes(key.key, "big")
        # CBC says nothing of changes: the public key beside it does.
        if key.public is None or sm2.public_key(d) != key.public.as_bytes():
            raise ValueError
    except ValueError:
        raise BadSettings([f"wrong passphrase for {path}"]) from None
    return d


def save_p256(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> None:
    """Write a P-256 private key. FileExistsError if there is a file already."""
    write_secret(
        path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        ),
    )


def load_p256(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in path. BadSettings for a wrong passphrase or a damaged file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError):
        raise BadSettings([f"wrong passphrase for {path}, or a damaged file"]) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadSettings([f"{path} holds a key of another kind"])
    return key


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read. FileExistsError if there is one already."""
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    whole_files.replace(path, data, 0o600)


def pem(label: str, data: bytes) -> bytes:
    """DER as PEM (RFC 7468)."""
    text = textwrap.fill(base64.b64encode(data).decode(), 64)
    return f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n".encode()


def unpem(label: str, data: bytes) -> bytes:
    """The DER in PEM, or data itself where it is DER already. ValueError for another label."""
    if data[:1] == b"\x30":
        return data
    text = data.decode("ascii", "replace")
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    if begin not in text or end not in text:
        raise ValueError(f"no {label}")
    return base64.b64decode("".join(text.split(begin)[1].split(end)[0].split()), validate=True)


def _derive(passphrase: bytes, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase, salt, iterations)
