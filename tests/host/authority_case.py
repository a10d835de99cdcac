"""An authority in a folder of its own, and the requests that devices make."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from provisioning.authority import certificates, folder, key_file

NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)
ROOT_PASSPHRASE, PASSPHRASE = b"the root sleeps in a safe", b"correct horse battery"


def make(path: Path) -> Path:
    """A new authority for the Jinjiang District."""
    folder.init(path, "Jinjiang District", ROOT_PASSPHRASE, PASSPHRASE, NOW)
    return path


def of_today(path: Path, patch: pytest.MonkeyPatch) -> Path:
    """One that begins now, and whose passphrases cost little."""
    patch.setattr(key_file, "ITERATIONS", 1000)
    patch.setattr(f"{__name__}.NOW", datetime.now(UTC))
    return make(path)


def passphrase_file(path: Path) -> Path:
    """Write the issuing passphrase where only its owner reads it."""
    path.write_bytes(PASSPHRASE + b"\n")
    path.chmod(0o600)
    return path


def request(serial: str, key: int) -> bytes:
    """A device's request (DER), as the device itself makes it."""
    signer = make_signer(key, Entropy())
    name = folder.name_of("Jinjiang District", serial)
    return certificates.request(name, signer.public, signer)


def tls_request(serial: str, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """A device's request for TLS (PEM)."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder(folder.name_of("Jinjiang District", serial))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
