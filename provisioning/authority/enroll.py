"""What an authority does: enroll, rotate, revoke, retire, replace, move.

Each is one transaction of the register, with a line in the device's history and, where others must
be able to prove it, a signed record. A private key is never seen here: requests come, certificates
go.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent.errors import BadSettings
from agent.linux.libcrypto import make_verifier
from agent.protocols import sm2
from provisioning.authority import application, certificates, key_file, records, tls
from provisioning.authority.application import Application
from provisioning.authority.certificates import Holder
from provisioning.authority.coordinates import Place
from provisioning.authority.folder import YEAR, Authority, name_of, organisation_of
from provisioning.authority.register import SM2, TLS, Certificate, Device

DEVICE_YEARS = 10
OVERLAP = timedelta(days=30)  # how long the old key of a rotation is still taken
ENROLLED, REVOKED, RETIRED = "enrolled", "revoked", "retired"


@dataclass(frozen=True)
class Issued:
    """The certificates (PEM), and whether they are new."""

    sm2: bytes
    tls: bytes | None
    fresh: bool


def enroll(authority: Authority, asked: Application, now: datetime) -> Issued:
    """Take a device in, or find that it is in with the same key: then nothing changes.

    BadSettings for a serial, MAC or pole that another device has; BadSignature for a request that
    its key did not sign.
    """
    keys = application.read(asked)
    with authority.register:  # the looking, too: others may be enrolling the same at this moment
        return _enroll(authority, asked, keys, now)


def _enroll(
    authority: Authority, asked: Application, keys: tuple[bytes, bytes | None], now: datetime
) -> Issued:
    """Within a transaction. keys: as application.read returns them."""
    public, tls_public = keys
    mac = application.plain_mac(asked.mac)
    register = authority.register
    known = register.device(asked.serial)
    if known is not None:
        found = register.certificate_of(public)
        if found is None or found.serial != asked.serial or known.state != ENROLLED:
            raise BadSettings([_duplicate(known)])
        return Issued(_pem(found), _tls_pem(authority, asked.serial), False)
    if mac and (other := register.device_by_mac(mac)):
        raise BadSettings([f"{mac} belongs to {other.serial} already"])
    register.put_device(Device(asked.serial, mac, ENROLLED, None))
    certificate = _certify(authority, asked.serial, public, now)
    tls_certificate = _certify_tls(authority, asked.serial, tls_public, now)
    register.note(_s(now), asked.serial, "enrolled", sm2.kid(public).hex())
    if asked.pole:
        _bind(authority, asked.serial, asked.pole, asked.place, now)
    return Issued(_pem(certificate), _pem(tls_certificate) if tls_certificate else None, True)


def rotate(authority: Authority, asked: Application, now: datetime) -> Issued:
    """A next key beside the old one, which is taken for OVERLAP more: nothing stops meanwhile."""
    public, tls_public = application.read(asked)
    register = authority.register
    with register:
        _enrolled(authority, asked.serial)
        found = register.certificate_of(public)
        if found is not None and found.serial == asked.serial and found.revoked is None:
            return Issued(_pem(found), _tls_pem(authority, asked.serial), False)
        for old in register.certificates(asked.serial):
            if old.revoked is None and (old.kind == SM2 or tls_public is not None):
                register.end_certificate(old.number, _s(now + OVERLAP))
        certificate = _certify(authority, asked.serial, public, now)
        tls_certificate = _certify_tls(authority, asked.serial, tls_public, now)
        register.note(_s(now), asked.serial, "rotated", sm2.kid(public).hex())
    return Issued(_pem(certificate), _pem(tls_certificate) if tls_certificate else None, True)


def renew(authority: Authority, serial: str, csr: bytes, name: str, now: datetime) -> Issued:
    """A certificate for a device's next key for TLS; the one before is taken for OVERLAP more, and
    the key that it signs with stays. csr, name: the request for TLS, and what mistakes call it."""
    public = application.read_tls(serial, csr, name)
    register = authority.register
    with register:
        _enrolled(authority, serial)
        held = register.certificates(serial)
        own = next(one for one in reversed(held) if one.kind == SM2)
        found = register.certificate_of(public)
        if found is not None and found.serial == serial and found.revoked is None:
            return Issued(_pem(own), _pem(found), False)
        for old in held:
            if old.kind == TLS and old.revoked is None:
                register.end_certificate(old.number, _s(now + OVERLAP))
        made = _certify_tls(authority, serial, public, now)
        assert made is not None
        register.note(_s(now), serial, "renewed", "its key for TLS")
    return Issued(_pem(own), _pem(made), True)


def revoke(authority: Authority, serial: str, reason: str, now: datetime) -> bytes:
    """Trust nothing that the device signs from now on. The signed record of it."""
    register = authority.register
    with register:
        device = _enrolled(authority, serial)
        record = records.revoked(authority.signer, serial, _s(now), reason)
        _end(authority, device, REVOKED, reason, now)
        register.note(_s(now), serial, "revoked", reason, record)
    return record


def retire(authority: Authority, serial: str, proof: bytes, now: datetime) -> bytes:
    """Take a device out of service. proof: its own record that it wiped itself, or empty.

    BadSignature, BadFrame for a proof that is not this device's; then nothing changes.
    """
    register = authority.register
    with register:
        device = _enrolled(authority, serial)
        if proof:
            mine = [held.public for held in register.certificates(serial) if held.kind == SM2]
            said = records.read(proof, make_verifier(mine))
            if said[records.KIND] != records.WIPED or said[records.SERIAL] != serial:
                raise BadSettings([f"the proof does not say that {serial} was wiped"])
        record = records.retired(authority.signer, serial, _s(now), proof)
        _end(authority, device, RETIRED, "cessation of operation", now)
        said_by = "with the device's proof" if proof else "without the device's proof"
        register.note(_s(now), serial, "retired", said_by, record)
    return record


def replace(authority: Authority, serial: str, asked: Application, now: datetime) -> Issued:
    """A new device takes over the pole of an old one, whose keys are trusted no more: all of it, or
    nothing."""
    keys = application.read(asked)
    asked = dataclasses.replace(asked, pole=None, place=None)
    register = authority.register
    with register:
        old = register.device(serial)
        if old is None:
            raise BadSettings([f"no device {serial} in the register"])
        if old.replaced_by:
            if old.replaced_by != asked.serial:
                raise BadSettings([f"{serial} was replaced by {old.replaced_by} already"])
            return _enroll(authority, asked, keys, now)
        last = register.bindings(serial)[-1:]
        if not last:
            raise BadSettings([f"{serial} was never at a pole: there is nothing to take over"])
        issued = _enroll(authority, asked, keys, now)
        record = records.replaced(authority.signer, serial, _s(now), asked.serial)
        state = RETIRED if old.state == ENROLLED else old.state
        _end(authority, old, state, "superseded", now)
        register.put_device(Device(serial, old.mac, state, asked.serial))
        register.note(_s(now), serial, "replaced", f"by {asked.serial}", record)
        _bind(authority, asked.serial, last[0].pole, last[0].place, now)
    return issued


def move(authority: Authority, serial: str, pole: str, place: Place | None, now: datetime) -> bytes:
    """The device is at another pole from now on. The signed binding; the last, if it is there."""
    with authority.register:
        _enrolled(authority, serial)
        return _bind(authority, serial, pole, place, now)


def _duplicate(known: Device) -> str:
    if known.state != ENROLLED:
        return f"{known.serial} is {known.state}: give the device a serial of its own"
    return f"{known.serial} is enrolled with another key: rotate it, or replace it"


def _enrolled(authority: Authority, serial: str) -> Device:
    device = authority.register.device(serial)
    if device is None:
        raise BadSettings([f"no device {serial} in the register"])
    if device.state != ENROLLED:
        raise BadSettings([f"{serial} is {device.state}"])
    return device


def _end(authority: Authority, device: Device, state: str, reason: str, now: datetime) -> None:
    register = authority.register
    for held in register.certificates(device.serial):
        register.revoke(held.number, _s(now), reason)
    register.unbind(device.serial, _s(now))
    register.put_device(Device(device.serial, device.mac, state, device.replaced_by))


def _bind(
    authority: Authority, serial: str, pole: str, place: Place | None, now: datetime
) -> bytes:
    register = authority.register
    there = register.holder_of(pole)
    if there and there.serial != serial:
        raise BadSettings([f"{there.serial} is at {pole}: replace it, or move it first"])
    if there and there.place == place:
        return there.record  # it was said before, by whoever was cut short
    record = records.bound(authority.signer, serial, _s(now), pole, place)
    register.bind(serial, pole, place, _s(now), record)
    register.note(_s(now), serial, "bound", pole, record)
    return record


def _certify(authority: Authority, serial: str, public: bytes, now: datetime) -> Certificate:
    if held := authority.register.certificate_of(public):
        raise BadSettings([f"the key of {serial} belongs to {held.serial} already"])
    subject = name_of(organisation_of(authority.issuer.name), serial)
    number = x509.random_serial_number()
    end = min(now + DEVICE_YEARS * YEAR, authority.until)
    der = certificates.issue(
        Holder(subject, public), authority.issuer, authority.signer, number, now, end
    )
    certificate = Certificate(
        f"{number:040x}", serial, SM2, public, sm2.kid(public), der, _s(now), _s(end), None, None
    )
    authority.register.add_certificate(certificate)
    return certificate


def _certify_tls(
    authority: Authority, serial: str, public: bytes | None, now: datetime
) -> Certificate | None:
    if public is None:
        return None
    if held := authority.register.certificate_of(public):
        raise BadSettings([f"the TLS key of {serial} belongs to {held.serial} already"])
    subject = name_of(organisation_of(authority.issuer.name), serial)
    end = min(now + DEVICE_YEARS * YEAR, authority.tls_certificate.not_valid_after_utc)
    made = tls.client(
        subject, tls.key_of(public), authority.tls_certificate, authority.tls_key, now, end
    )
    certificate = Certificate(
        f"{made.serial_number:040x}", serial, TLS, public, None,
        made.public_bytes(Encoding.DER), _s(now), _s(end), None, None,
    )  # fmt: skip
    authority.register.add_certificate(certificate)
    return certificate


def _tls_pem(authority: Authority, serial: str) -> bytes | None:
    held = [one for one in authority.register.certificates(serial) if one.kind == TLS]
    return _pem(held[-1]) if held else None


def _pem(certificate: Certificate) -> bytes:
    return key_file.pem("CERTIFICATE", certificate.der)


def _s(at: datetime) -> int:
    return int(at.timestamp())
