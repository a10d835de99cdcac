"""X.509 with P-256 for TLS, by `cryptography`: authorities, servers, clients, revocation lists.

RFC 5280 for the structure, RFC 6125 for the names of servers.
"""

import ipaddress
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.errors import BadSettings, BadSignature
from provisioning.authority.x509_forms import key_usage

Key = ec.EllipticCurvePrivateKey


def authority(
    name: x509.Name,
    key: Key,
    issuer: x509.Certificate | None,
    begin: datetime,
    end: datetime,
    issuer_key: Key,
) -> x509.Certificate:
    """The certificate of an authority: a root without issuer, else one that issues leaves."""
    builder = _builder(name, key.public_key(), issuer, begin, end)
    builder = builder.add_extension(
        x509.BasicConstraints(True, 0 if issuer else 1), critical=True
    ).add_extension(key_usage(authority=True), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def server(
    name: x509.Name,
    public: ec.EllipticCurvePublicKey,
    hosts: Iterable[str],
    issuer: x509.Certificate,
    issuer_key: Key,
    begin: datetime,
    end: datetime,
) -> x509.Certificate:
    """The certificate of a broker or a platform, for these host names and addresses."""
    return (
        _leaf(name, public, issuer, begin, end, ExtendedKeyUsageOID.SERVER_AUTH)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def client(
    name: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate,
    issuer_key: Key,
    begin: datetime,
    end: datetime,
) -> x509.Certificate:
    """The certificate of a device."""
    builder = _leaf(name, public, issuer, begin, end, ExtendedKeyUsageOID.CLIENT_AUTH)
    return builder.sign(issuer_key, hashes.SHA256())


def read_request(data: bytes) -> tuple[x509.Name, ec.EllipticCurvePublicKey]:
    """The name and key in a request, PEM or DER. BadSettings, BadSignature as for SM2."""
    try:
        pem = data.lstrip().startswith(b"-----")
        csr = x509.load_pem_x509_csr(data) if pem else x509.load_der_x509_csr(data)
        public = csr.public_key()
    except UnsupportedAlgorithm:
        raise BadSettings(["a certificate request for a key that is not on P-256"]) from None
    except (ValueError, x509.InvalidVersion):
        raise BadSettings(["no certificate request for TLS, or a damaged one"]) from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise BadSettings(["a certificate request for a key that is not on P-256"])
    if not csr.is_signature_valid:
        raise BadSignature("a certificate request that its key did not sign")
    return csr.subject, public


def point(public: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes 04‖x‖y."""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_of(public: bytes) -> ec.EllipticCurvePublicKey:
    """The key with these 65 bytes 04‖x‖y."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)


def verify(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """BadSignature unless issuer signed certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        raise BadSignature("a certificate of another authority") from None


def revocation_list(
    issuer: x509.Certificate,
    issuer_key: Key,
    number: int,
    begin: datetime,
    end: datetime,
    revoked: Iterable[tuple[int, datetime]],
) -> bytes:
    """The PEM revocation list of certificates: (serial, revoked at)."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(begin)
        .next_update(end)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial, at in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _builder(
    name: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate | None,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    parent = issuer.public_key() if issuer else public
    assert isinstance(parent, ec.EllipticCurvePublicKey)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent), critical=False)
    )


def _leaf(
    name: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate,
    begin: datetime,
    end: datetime,
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    return (
        _builder(name, public, issuer, begin, end)
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
