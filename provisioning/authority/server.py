"""Key and certificate of a server: a broker, or a platform that speaks TLS."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from agent.errors import BadSettings
from agent.linux import whole_files
from provisioning.authority import key_file, tls
from provisioning.authority.folder import YEAR, Authority, name_of, organisation_of

SERVER_YEARS = 2


def make(authority: Authority, hosts: Sequence[str], out: Path, now: datetime) -> list[Path]:
    """Write HOST.key (0600, plain: a server starts unattended), HOST.pem with its chain, and
    ca.pem for the devices. BadSettings if there is a key already: a server keeps its own."""
    out.mkdir(parents=True, exist_ok=True)
    key_path, chain_path, ca_path = out / f"{hosts[0]}.key", out / f"{hosts[0]}.pem", out / "ca.pem"
    if key_path.exists():
        raise BadSettings([f"{key_path} exists already: remove it first to make another"])
    key = ec.generate_private_key(ec.SECP256R1())
    end = min(now + SERVER_YEARS * YEAR, authority.tls_certificate.not_valid_after_utc)
    certificate = tls.server(
        name_of(organisation_of(authority.issuer.name), hosts[0]),
        key.public_key(),
        hosts,
        authority.tls_certificate,
        authority.tls_key,
        now,
        end,
    )
    issuing = authority.tls_certificate.public_bytes(Encoding.PEM)
    whole_files.replace(chain_path, certificate.public_bytes(Encoding.PEM) + issuing)
    whole_files.replace(ca_path, issuing + (authority.folder / "tls-root.pem").read_bytes())
    key_file.write_secret(  # last: where it is, the others are
        key_path,
        key.private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    return [key_path, chain_path, ca_path]
