"""The authority's folder: two roots that stay offline, two issuing authorities, and the register.

``root/`` holds the keys of the roots. They sign the issuing authorities once, and the next ones in
years: move the folder to a medium that lies in a safe. SM2 is for what devices sign; P-256 is for
TLS, whose libraries do not know SM2 (docs/decisions).
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from agent.errors import BadSettings
from agent.linux import whole_files
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.ports import Signer
from agent.protocols.sm2 import N
from provisioning.authority import certificates, key_file, tls
from provisioning.authority.certificates import Holder
from provisioning.authority.register import DeviceRegister

ROOT_YEARS, ISSUING_YEARS = 25, 10
YEAR = timedelta(days=365, hours=6)
_CERTIFICATE = "CERTIFICATE"


@dataclass
class Authority:
    """An opened folder: the keys of the issuing authorities, in memory only, and the register."""

    folder: Path
    issuer: Holder
    until: datetime
    signer: Signer
    tls_key: ec.EllipticCurvePrivateKey
    tls_certificate: x509.Certificate
    register: DeviceRegister


def init(
    folder: Path, organisation: str, root_passphrase: bytes, passphrase: bytes, now: datetime
) -> None:
    """Make a new authority in an empty folder. BadSettings if there is something in it already.

    It is built beside, and renamed when it is whole: a power cut leaves none, or all of it.
    """
    for secret in (root_passphrase, passphrase):
        key_file.check_passphrase(secret)
    if folder.exists() and any(folder.iterdir()):
        raise BadSettings([f"{folder} is not empty: an authority is made in a new folder"])
    half = folder.with_name(folder.name + ".new")
    if half.exists():
        raise BadSettings([f"{half} is left from an attempt that was cut short: remove it first"])
    (half / "root").mkdir(parents=True, mode=0o700)
    os.chmod(half, 0o700)
    _init_sm2(half, organisation, root_passphrase, passphrase, now)
    _init_tls(half, organisation, root_passphrase, passphrase, now)
    DeviceRegister(half / "register.db").close()
    if folder.exists():
        folder.rmdir()
    half.rename(folder)
    whole_files.sync_folder(folder.parent)


def open_folder(folder: Path, passphrase: bytes) -> Authority:
    """Open an authority. BadSettings for no authority, a wrong passphrase or a damaged file."""
    if not (folder / "register.db").exists():
        raise BadSettings([f"{folder} holds no authority: make one with `pole authority init`"])
    try:
        der = key_file.unpem(_CERTIFICATE, (folder / "issuing.pem").read_bytes())
        issuing = x509.load_der_x509_certificate(der)
        tls_certificate = x509.load_pem_x509_certificate((folder / "tls-issuing.pem").read_bytes())
    except ValueError:
        raise BadSettings([f"a damaged certificate in {folder}"]) from None
    public = certificates.public_key(der)
    d = key_file.load_sm2(folder / "issuing.key", passphrase)
    signer = make_signer(d, Entropy())
    if signer.public != public:
        raise BadSettings([f"{folder}: issuing.key does not belong to issuing.pem"])
    return Authority(
        folder,
        Holder(issuing.subject, public, 0),
        issuing.not_valid_after_utc,
        signer,
        key_file.load_p256(folder / "tls-issuing.key", passphrase),
        tls_certificate,
        DeviceRegister(folder / "register.db"),
    )


def name_of(organisation: str, common: str) -> x509.Name:
    """A distinguished name by GM/T 0015: country, organisation, common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def organisation_of(name: x509.Name) -> str:
    """The organisation in a name that name_of made."""
    return str(name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)


def _init_sm2(
    folder: Path, organisation: str, root_passphrase: bytes, passphrase: bytes, now: datetime
) -> None:
    entropy = Entropy()
    root_d, issuing_d = entropy_key(entropy), entropy_key(entropy)
    root_signer, issuing_signer = make_signer(root_d, entropy), make_signer(issuing_d, entropy)
    root = Holder(name_of(organisation, "Root SM2"), root_signer.public, 1)
    issuing = Holder(name_of(organisation, "Issuing SM2"), issuing_signer.public, 0)
    root_der = certificates.issue(
        root, root, root_signer, x509.random_serial_number(), now, now + ROOT_YEARS * YEAR
    )
    issuing_der = certificates.issue(
        issuing, root, root_signer, x509.random_serial_number(), now, now + ISSUING_YEARS * YEAR
    )
    key_file.save_sm2(folder / "root" / "root.key", root_d, root_passphrase)
    key_file.save_sm2(folder / "issuing.key", issuing_d, passphrase)
    whole_files.replace(folder / "root.pem", key_file.pem(_CERTIFICATE, root_der))
    whole_files.replace(folder / "issuing.pem", key_file.pem(_CERTIFICATE, issuing_der))


def _init_tls(
    folder: Path, organisation: str, root_passphrase: bytes, passphrase: bytes, now: datetime
) -> None:
    root_key, issuing_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = tls.authority(
        name_of(organisation, "Root TLS"), root_key, None, now, now + ROOT_YEARS * YEAR, root_key
    )
    issuing = tls.authority(
        name_of(organisation, "Issuing TLS"),
        issuing_key,
        root,
        now,
        now + ISSUING_YEARS * YEAR,
        root_key,
    )
    key_file.save_p256(folder / "root" / "tls-root.key", root_key, root_passphrase)
    key_file.save_p256(folder / "tls-issuing.key", issuing_key, passphrase)
    whole_files.replace(folder / "tls-root.pem", root.public_bytes(Encoding.PEM))
    whole_files.replace(folder / "tls-issuing.pem", issuing.public_bytes(Encoding.PEM))


def entropy_key(entropy: Entropy) -> int:
    """A fresh SM2 private key: 1 to n - 2 (GB/T 32918.1, 6.1), by rejection."""
    while True:
        d = int.from_bytes(entropy.take(32), "big")
        if 0 < d < N - 1:
            return d
