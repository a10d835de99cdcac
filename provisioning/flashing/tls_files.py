"""Certificates as files: PEM on the workstation, DER on a board."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provisioning.flashing import board_code
from provisioning.flashing.repl import Repl
from provisioning.flashing.words import Failure

TRUSTED, CERTIFICATE, KEY = "/tls-ca.der", "/tls-cert.der", "/tls-key.der"
SOON = timedelta(days=90)  # before its end a certificate is to be renewed


def authorities(path: Path) -> bytes:
    """The certificates of a PEM file, in DER, one behind the other. Failure for none."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise Failure("bad-settings", reason=f"{path}: {error.strerror}") from None
    except ValueError:
        raise Failure("bad-settings", reason=f"{path} holds no certificate (PEM)") from None
    return b"".join(one.public_bytes(Encoding.DER) for one in found)


def certificate(path: Path, public: bytes) -> bytes:
    """The certificate of that key in DER; b"" where there is none, or one of another key."""
    if not path.exists():
        return b""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise Failure("bad-settings", reason=f"{path} holds no certificate (PEM)") from None
    key = found.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return found.public_bytes(Encoding.DER) if point == public else b""


def tell_end(repl: Repl, emit: Callable[..., None], now: datetime | None = None) -> str:
    """Tell whoever stands there until when the board's certificate is good: the day, or "" where it
    has none that can be read. emit: as a Job's; now: of this workstation."""
    if not board_code.has(repl, CERTIFICATE):
        return ""
    data = bytes.fromhex(repl.run(f"print(open({CERTIFICATE!r}, 'rb').read().hex())"))
    try:
        end = x509.load_der_x509_certificate(data).not_valid_after_utc
    except ValueError:
        return ""
    soon = end - (now or datetime.now(UTC)) < SOON
    day = end.date().isoformat()
    emit("protect", "found", word="tls-ends" if soon else "tls-good", until=day)
    return day
