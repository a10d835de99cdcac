"""What leaves the authority: the registry of a platform, revocation lists, chains.

Everything exported is public. A platform's registry keeps the devices of the past too: what they
signed in their time must stay provable.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.linux import whole_files
from agent.protocols import sm2
from provisioning.authority import certificates, key_file, tls
from provisioning.authority.enroll import ENROLLED
from provisioning.authority.folder import Authority
from provisioning.authority.register import SM2, TLS, Certificate
from provisioning.registry import RegisteredDevice, Registry, Stay

LIST_DAYS = 30  # a revocation list is renewed before


def registry(authority: Authority, platform: bytes, now: datetime) -> Registry:
    """Every device with its keys and places over time, as the platform simulator reads it."""
    register, at = authority.register, int(now.timestamp())
    made = Registry(platform=platform)
    for device in register.devices():
        stays = [
            Stay(bound.pole, bound.begin, bound.end, bound.place.degrees() if bound.place else None)
            for bound in register.bindings(device.serial)
        ]
        keys = [held for held in register.certificates(device.serial) if held.kind == SM2]
        valid = [held.public for held in keys if held.revoked is None and held.end > at]
        stay = stays[-1] if stays and stays[-1].end is None else None
        made.add(
            RegisteredDevice(
                stay.pole if stay else device.serial,
                device.serial,
                valid,
                stay.place if stay else None,
                [held.public for held in keys if held.public not in valid],
                stays,
            )
        )
    return made


def revocation_lists(authority: Authority, folder: Path, now: datetime) -> list[Path]:
    """Write ``revoked.crl`` (SM2) and ``tls-revoked.crl`` (P-256), PEM; the paths."""
    held = authority.register.certificates()
    number, end = int(now.timestamp()), now + timedelta(days=LIST_DAYS)
    der = certificates.revocation_list(
        authority.issuer, authority.signer, number, now, end, _revoked(held, SM2)
    )
    pem = tls.revocation_list(
        authority.tls_certificate, authority.tls_key, number, now, end, _revoked(held, TLS)
    )
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "revoked.crl", folder / "tls-revoked.crl"]
    whole_files.replace(paths[0], key_file.pem("X509 CRL", der))
    whole_files.replace(paths[1], pem)
    return paths


def due(authority: Authority, before: datetime) -> list[Certificate]:
    """The newest certificates of enrolled devices that end before then: rotate these."""
    newest: dict[tuple[str, str], Certificate] = {}
    for held in authority.register.certificates():
        device = authority.register.device(held.serial)
        if device is not None and device.state == ENROLLED:
            newest[held.serial, held.kind] = held
    return sorted(
        (held for held in newest.values() if held.end < before.timestamp()),
        key=lambda held: (held.end, held.serial, held.kind),
    )


def key_id(authority: Authority) -> str:
    """The issuing authority's key id, in hex."""
    return sm2.kid(authority.issuer.public).hex()


def _revoked(held: list[Certificate], kind: str) -> list[tuple[int, datetime]]:
    return [
        (int(one.number, 16), datetime.fromtimestamp(one.revoked, UTC))
        for one in held
        if one.kind == kind and one.revoked is not None
    ]
