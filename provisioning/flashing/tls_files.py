"""Certificates as files: PEM on the workstation, DER on a board."""

import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.linux import certificate_end
from provisioning.flashing import board_code
from provisioning.flashing.repl import Repl
from provisioning.flashing.words import Failure

TRUSTED, CERTIFICATE, KEY = "/tls-ca.der", "/tls-cert.der", "/tls-key.der"


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


def tell_end(repl: Repl, emit: Callable[..., None]) -> str:
    """Tell whoever stands there until when the board's certificate is good: the day, or "" where it
    has none that can be read. emit: as a Job's."""
    end = _end(repl)
    if end is None:
        return ""
    until = certificate_end.day(end)
    emit("protect", "found", word="tls-ends" if _is_soon(end) else "tls-good", until=until)
    return until


def ends_soon(repl: Repl) -> str:
    """The day on which the board's certificate ends, where that is soon; else ""."""
    end = _end(repl)
    return certificate_end.day(end) if end is not None and _is_soon(end) else ""


def _end(repl: Repl) -> int | None:
    if not board_code.has(repl, CERTIFICATE):
        return None
    said = repl.run(f"print(open({CERTIFICATE!r}, 'rb').read().hex())")
    return certificate_end.end_ms(bytes.fromhex(said))


def _is_soon(end_ms: int) -> bool:
    return end_ms - time.time() * 1000 < certificate_end.SOON_MS
