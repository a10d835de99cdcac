"""The P-256 key by which a node is known to a broker, and its certificate (`cryptography`)."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.errors import BadSettings
from agent.linux.whole_files import replace


def request(path: Path, name: x509.Name) -> bytes:
    """A PEM request by the key in path, which is made (0600) where there is none.

    BadSettings for a file that is no P-256 key.
    """
    if not path.exists():
        _create(path)
    key = _load(path)
    builder = x509.CertificateSigningRequestBuilder(name)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def install(key_path: Path, certificate_path: Path, pem: bytes) -> None:
    """Put a certificate (PEM) in its place, and its key too if that is the next one.

    BadSettings for a certificate of another key. The certificate comes last: whoever reads the two
    in between finds a pair that does not fit, and tries again.
    """
    try:
        public = _point(x509.load_pem_x509_certificate(pem).public_key())
    except ValueError:
        raise BadSettings(["no certificate, or a damaged one"]) from None
    upcoming = key_path.with_name(key_path.name + ".next")
    if upcoming.exists() and _point(_load(upcoming).public_key()) == public:
        os.replace(upcoming, key_path)
    elif not key_path.exists() or _point(_load(key_path).public_key()) != public:
        raise BadSettings([f"that certificate is for another key than the one in {key_path}"])
    replace(certificate_path, pem)


def _create(path: Path) -> None:
    data = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    replace(path, data, 0o600)


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise BadSettings([f"{path} holds no private key without a passphrase (PEM)"]) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadSettings([f"{path} holds a key of another kind: expected P-256"])
    return key


def _point(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSettings(["a certificate for a key of another kind: expected P-256"])
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
