"""What is asked for one device: a serial, requests for its keys, and where it goes."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from agent.errors import BadSettings, BadSignature
from provisioning.authority import certificates, key_file, tls
from provisioning.authority.coordinates import Place

_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True)
class Application:
    """What is asked for one device. csr and tls_csr: PEM or DER; pole, place and tls_csr may be
    missing. names: of the two requests, as mistakes name them."""

    serial: str
    csr: bytes
    mac: str | None = None
    pole: str | None = None
    place: Place | None = None
    tls_csr: bytes | None = None
    names: tuple[str, str] = ("the request", "the request for TLS")


def read(asked: Application) -> tuple[bytes, bytes | None]:
    """(the SM2 key, the TLS key or None), 65 bytes each, whose holders signed the requests.

    BadSettings for a bad serial or request, or one for another name; BadSignature.
    """
    if not _SERIAL.fullmatch(asked.serial):
        raise BadSettings(
            [f"{asked.serial!r} is no serial: expected letters, digits, . _ -, up to 32"]
        )
    with _named(asked.names[0]):
        try:
            der = key_file.unpem("CERTIFICATE REQUEST", asked.csr)
        except ValueError:
            raise BadSettings(["no certificate request, or a damaged one"]) from None
        name, public = certificates.read_request(der)
        _same(name, asked.serial)
    if asked.tls_csr is None:
        return public, None
    return public, read_tls(asked.serial, asked.tls_csr, asked.names[1])


def read_tls(serial: str, csr: bytes, name: str) -> bytes:
    """The key in a request for TLS, 65 bytes, whose holder signed it. name: as mistakes call the
    request. BadSettings, BadSignature as for read."""
    with _named(name):
        subject, public = tls.read_request(csr)
        _same(subject, serial)
    return tls.point(public)


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """What is wrong with a request is told with its name."""
    try:
        yield
    except BadSettings as error:
        raise BadSettings([f"{name}: {mistake}" for mistake in error.mistakes]) from None
    except BadSignature as error:
        raise BadSignature(f"{name}: {error}") from None


def _same(name: x509.Name, serial: str) -> None:
    if name_in(name) != serial:
        raise BadSettings([f"it is for {name_in(name)!r}, not for {serial!r}"])


def plain_mac(mac: str | None) -> str | None:
    """The MAC as the register has it, or None. BadSettings for what is none."""
    if not mac:
        return None
    plain = mac.strip().lower().replace("-", ":")
    if not _MAC.fullmatch(plain):
        raise BadSettings([f"{mac!r} is no MAC: expected six pairs of hex digits"])
    return plain


def name_in(subject: x509.Name) -> str:
    """The common name of a subject, or nothing."""
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
