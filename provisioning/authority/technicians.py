"""A technician's key is certified: for named poles, actions and days.

The devices trust the platform's key, so that one signs the grants; the authority says for whom, and
keeps a signed record in the history of every device that they open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import BadSettings, BadSignature
from agent.linux.libcrypto import make_verifier
from agent.ports import Signer
from agent.protocols import sm2
from provisioning import orders
from provisioning.authority import records
from provisioning.authority.folder import Authority
from provisioning.authority.register import SM2
from provisioning.orders import LONGEST_DAYS, Device, Grants


@dataclass(frozen=True)
class Technician:
    """public: the technician's key, 65 bytes; actions: of provisioning.orders.ACTIONS."""

    name: str
    public: bytes
    actions: Sequence[str]


def certify(
    authority: Authority, platform: Signer, technician: Technician, poles: Sequence[str],
    days: int, now: datetime,
) -> Grants:  # fmt: skip
    """Grants for the devices at these poles, until so many days from now; with no actions, all
    that went before ends. BadSettings, and nothing is changed, for a pole without a device, or a
    key that is none."""
    try:
        make_verifier([technician.public])
    except BadSignature:
        raise BadSettings(["the technician's key is no SM2 key"]) from None
    if not 0 < days <= LONGEST_DAYS:
        raise BadSettings([f"expected 1 to {LONGEST_DAYS} days"])
    at, until = int(now.timestamp()), now + timedelta(days=days)
    serials = {pole: _serial(authority, pole) for pole in poles}
    devices = [Device(pole, _kid(authority, serial, at)) for pole, serial in serials.items()]
    grants = orders.certify(
        platform, technician.public, technician.name, technician.actions, devices,
        int(now.timestamp() * 1000),
        int(until.timestamp()) * 1000,
    )  # fmt: skip
    actions = ", ".join(technician.actions) or "nothing"
    words = f"{technician.name}, {actions}, until {until:%Y-%m-%d}"
    holder = sm2.kid(technician.public).hex()
    with authority.register:
        for serial in serials.values():
            record = records.certified(authority.signer, serial, at, words, holder)
            authority.register.note(at, serial, "certified", words, record)
    return grants


def _serial(authority: Authority, pole: str) -> str:
    bound = authority.register.holder_of(pole)
    if bound is None:
        raise BadSettings([f"no device is at {pole}"])
    return bound.serial


def _kid(authority: Authority, serial: str, at: int) -> bytes:
    """The device's oldest valid key: while it rotates it listens to that name, too."""
    for held in authority.register.certificates(serial):
        if held.kind == SM2 and held.revoked is None and held.end > at and held.kid:
            return held.kid
    raise BadSettings([f"{serial} has no valid key"])
