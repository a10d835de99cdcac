"""A board's entry into the registry, or its request for a certificate where nobody is online."""

import base64
import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning import registry
from provisioning.authority import certificates
from provisioning.authority.x509_forms import (
    ECDSA_WITH_SHA256,
    P256_CURVE,
    SM2_CURVE,
    SM2_WITH_SM3,
)
from provisioning.registry import RegisteredDevice


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time: several boards are done at once."""
    with open(path.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def enrol(path: Path, device: RegisteredDevice, replace: bool = False) -> bool:
    """Add a device to the registry in a file; whether it was not there before.

    ValueError if its id has another key, or its key another id; replace: give a known id this key
    instead, for a board that was set up anew. BadSettings and OSError of registry.load.
    """
    with _alone(path):
        known = registry.load(path)
        same = [other for other in known.devices if other.id == device.id]
        if same and device.public[0] in same[0].public:
            return False
        if same and replace:
            known.remove(same[0])
        known.add(device)
        known.save(path)
    return True


def request(serial: str, public: bytes, sign: Callable[[bytes], bytes], tls: bool = False) -> str:
    """A certificate request in PEM, for ``pole authority enroll``. sign: has the board sign bytes,
    64 bytes r‖s; its key never leaves it. tls: the key is on P-256, and not on the SM2 curve."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, serial)])
    curve, by = (P256_CURVE, ECDSA_WITH_SHA256) if tls else (SM2_CURVE, SM2_WITH_SM3)
    body = certificates.request_body(name, public, curve)
    text = base64.encodebytes(certificates.signed(body, sign(body), by)).decode("ascii")
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"


def public_file(serial: str, mac: str, public: bytes) -> str:
    """What is carried to the registry by hand: JSON with serial, MAC and public key."""
    return json.dumps({"serial": serial, "mac": mac, "public": public.hex()}, indent=1) + "\n"


def asked_before(folder: Path, serial: str, mac: str) -> tuple[str, str] | None:
    """(serial, MAC) of a request in folder that one of this board would contradict: the same serial
    of another board, or this board by another serial; None where there is none."""
    for path in sorted(folder.glob("*.pub.json")):
        try:
            paper = json.loads(path.read_text(encoding="ascii"))
            found = str(paper["serial"]), str(paper["mac"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # none of ours
        if (found[0] == serial) != (found[1] == mac):
            return found
    return None
