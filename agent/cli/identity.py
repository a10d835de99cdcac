"""``pole identity``: this node's own key: show it, ask for its certificate, rotate it."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.linux import algorithms, pole_toml, whole_files

_EPILOG = """\
examples:
  pole identity show pole.toml
  pole identity csr pole.toml --serial PB-0001 --out PB-0001.csr
  pole identity csr pole.toml --serial PB-0001 --tls --out PB-0001.tls.csr
  pole identity install pole.toml PB-0001.pem
  pole identity csr pole.toml --serial PB-0001 --next --out next.csr

The key is made here and never leaves: the request goes to `pole authority enroll` (or,
with --next, to `pole authority rotate`), the certificate comes back to `install`. A next
key is used within ten seconds of its certificate; the agent goes on running.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "identity",
        help="this node's own key: show it, ask for its certificate, rotate it",
        description="Show this node's key, make a certificate request for it, install the "
        "certificate, or rotate to a next key without a stop.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = _action(actions, "show", "show the public key and the certificate", _show)
    show.add_argument("--public", action="store_true", help="print the public key alone, in hex")
    csr = _action(actions, "csr", "make a certificate request (PEM)", _csr)
    csr.add_argument("--serial", required=True, help="the device's serial, as on its label")
    csr.add_argument("--organisation", default="", metavar="NAME")
    csr.add_argument("--next", action="store_true", help="for a next key, to rotate to")
    csr.add_argument("--tls", action="store_true", help="for the P-256 key of mqtts://")
    csr.add_argument("--out", type=Path, metavar="FILE", help="written whole, or not at all")
    install = _action(actions, "install", "install a certificate", _install)
    install.add_argument("certificate", type=Path, metavar="PEM")


def _action(actions: Any, name: str, text: str, func: Any) -> Any:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    action.set_defaults(func=_guarded, action=func)
    return action


def _guarded(args: argparse.Namespace) -> int:
    from agent.linux.secrecy import keep_secrets

    keep_secrets()
    found = pole_toml.load(args.settings, need_platform_key=False)
    return int(args.action(args, found))


def _show(args: argparse.Namespace, found: pole_toml.PoleFile) -> int:
    from cryptography import x509

    from agent.linux.entropy import Entropy
    from agent.linux.identity import Identity
    from agent.protocols import sm2

    identity = Identity(found.key)
    public = algorithms.signer(found.algorithm, identity.key, Entropy()).public
    if args.public:
        print(public.hex())
        return 0
    print(f"key id {sm2.kid(public).hex()}, public key {public.hex()}")
    if identity.certificate_path.exists():
        held = x509.load_pem_x509_certificate(identity.certificate_path.read_bytes())
        left = (held.not_valid_after_utc - datetime.now(UTC)).days
        print(f"certified by {held.issuer.rfc4514_string()}, for {left} days more")
    else:
        print("not certified yet: pole identity csr")
    if identity.next_path.exists():
        print("a next key waits for its certificate")
    return 0


def _csr(args: argparse.Namespace, found: pole_toml.PoleFile) -> int:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    if not args.tls:
        _need_sm2(found)
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    if args.organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, args.organisation))
    name = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, args.serial)])
    pem = _tls_request(args, found, name) if args.tls else _request(args, found, name)
    if args.out is None:
        sys.stdout.write(pem.decode("ascii"))
        return 0
    whole_files.replace(args.out, pem)
    print(f"{args.out}: for `pole authority {'rotate' if args.next else 'enroll'}`")
    return 0


def _need_sm2(found: pole_toml.PoleFile) -> None:
    if found.algorithm != algorithms.SM2:
        raise BadSettings(
            [f"certificates are for SM2 keys; this node signs by {found.algorithm}: register its "
             "key, which `pole identity show --public` prints"]
        )  # fmt: skip


def _request(args: argparse.Namespace, found: pole_toml.PoleFile, name: Any) -> bytes:
    from agent.linux.entropy import Entropy
    from agent.linux.identity import Identity
    from agent.linux.libcrypto import make_signer
    from provisioning.authority import certificates, key_file

    identity = Identity(found.key)
    signer = make_signer(identity.make_next() if args.next else identity.key, Entropy())
    return key_file.pem("CERTIFICATE REQUEST", certificates.request(name, signer.public, signer))


def _tls_request(args: argparse.Namespace, found: pole_toml.PoleFile, name: Any) -> bytes:
    from agent.linux import tls_identity

    path = found.tls.key
    if path is None:
        raise BadSettings(
            [f"--tls is for mqtts://: [uplink] of {args.settings} has no certificate and "
             "certificate_key"]
        )  # fmt: skip
    if args.next:
        path = path.with_name(path.name + ".next")
    return tls_identity.request(path, name)


def _install(args: argparse.Namespace, found: pole_toml.PoleFile) -> int:
    from agent.linux import tls_identity
    from agent.linux.identity import Identity
    from provisioning.authority import certificates, key_file

    pem = args.certificate.read_bytes()
    try:
        der = key_file.unpem("CERTIFICATE", pem)
        public = certificates.public_key(der)
    except (ValueError, BadSettings):
        # No SM2 certificate: the one for TLS, if there is to be one.
        if found.tls.key is None or found.tls.certificate is None:
            raise BadSettings([f"{args.certificate} holds no SM2 certificate (PEM)"]) from None
        tls_identity.install(found.tls.key, found.tls.certificate, pem)
        print("installed for TLS; used at the next connection")
        return 0
    _need_sm2(found)
    rotated = Identity(found.key).install(public, key_file.pem("CERTIFICATE", der))
    print("installed; the next key is used from now on" if rotated else "installed")
    return 0
