"""A worker that enrols boards as flash.py does, in a process of its own: AUTHORITY PASSPHRASE_FILE
OUT REGISTRY NUMBER COUNT. It says ``ready``, waits for a line, and says a line of JSON: what became
of each board, by its serial. Two boards come before the others: one with a serial, one with a MAC
that every worker has.
"""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from provisioning import enrolment
from provisioning.authority import tls
from provisioning.flashing.office import Office
from provisioning.flashing.words import Failure
from provisioning.registry import RegisteredDevice


def main(
    authority: Path, passphrase: Path, out: Path, registry: Path, worker: int, count: int
) -> None:
    """Enrol count boards, and first the two that all have."""
    office = Office(authority, passphrase)
    boards = [(f"PB-{worker}-{n:02}", f"24:6f:28:00:{worker:02x}:{n:02x}") for n in range(count)]
    boards.append(("PB-SAME", f"24:6f:28:01:{worker:02x}:00"))
    boards.append((f"PB-MAC-{worker}", "24:6f:28:02:00:00"))
    print("ready", flush=True)
    sys.stdin.readline()
    said = {}
    for n, (serial, mac) in reversed(list(enumerate(boards))):
        try:
            _enrol(office, serial, mac, 1 + worker * 1000 + n, out, registry)
            said[serial] = "enrolled"
        except Failure as failure:
            said[serial] = failure.word
    print(json.dumps(said), flush=True)


def _enrol(office: Office, serial: str, mac: str, key: int, out: Path, registry: Path) -> None:
    own = make_signer(key, Entropy())
    private = ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    point = tls.point(private.public_key())
    office.certify(serial, mac, (own.public, own.sign), (point, sign), out)
    office.share_secret(serial, out)
    enrolment.enrol(registry, RegisteredDevice(serial, serial, [own.public], None))


if __name__ == "__main__":
    _authority, _passphrase, _out, _registry = map(Path, sys.argv[1:5])
    main(_authority, _passphrase, _out, _registry, int(sys.argv[5]), int(sys.argv[6]))
