"""X.509 with SM2 and SM3, by GM/T 0015-2012 and RFC 5280: certificates, requests, revocation lists.

`cryptography` reads these structures, and encodes their names and extensions, but neither signs nor
verifies them; the outer structure is declared here, and libcrypto signs. Signatures are DER
SEQUENCE { r, s } under the default user id (GM/T 0009-2012), as OpenSSL makes them with
``-sigopt distid:1234567812345678``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ObjectIdentifier

from agent.errors import BadSettings, BadSignature
from agent.linux import der
from agent.linux.libcrypto import make_verifier
from agent.ports import Signer
from agent.protocols import sm2
from agent.protocols.cose import ALG_SM2_SM3
from provisioning.authority import x509_forms as forms
from provisioning.authority.x509_forms import SM2_CURVE, SM2_WITH_SM3

# RFC 5280, 4.1.2.5: years from 2050 on do not fit UTCTime.
_LAST_UTC_YEAR = 2049


@dataclass(frozen=True)
class Holder:
    """Who a certificate is for, and what it may do. ``path_length``: None for a leaf."""

    name: x509.Name
    public: bytes
    path_length: int | None = None


def issue(
    holder: Holder,
    issuer: Holder,
    signer: Signer,
    serial: int,
    begin: datetime,
    end: datetime,
) -> bytes:
    """The DER certificate of holder by issuer, whose key signer holds. serial: 1 to 2**159 - 1."""
    is_authority = holder.path_length is not None
    usage = forms.key_usage(is_authority, commits=not is_authority)
    extensions = [
        _extension(x509.BasicConstraints(is_authority, holder.path_length), critical=True),
        _extension(usage, critical=True),
        _extension(x509.SubjectKeyIdentifier(sm2.kid(holder.public))),
        _extension(x509.AuthorityKeyIdentifier(sm2.kid(issuer.public), None, None)),
    ]
    return _sign(
        forms.Certificate(
            version=2,
            serial=serial,
            algorithm=forms.SignatureAlgorithm(oid=forms.SM2_WITH_SM3),
            issuer=_tlv(issuer.name),
            validity=forms.Validity(not_before=_time(begin), not_after=_time(end)),
            subject=_tlv(holder.name),
            public=_public(holder.public),
            extensions=extensions,
        ),
        signer,
    )


def revocation_list(
    issuer: Holder,
    signer: Signer,
    number: int,
    begin: datetime,
    end: datetime,
    revoked: Iterable[tuple[int, datetime]],
) -> bytes:
    """The DER revocation list (RFC 5280, 5) of certificates: (serial, revoked at)."""
    listed = [forms.Revoked(serial=serial, at=_time(at)) for serial, at in revoked]
    extensions = [
        _extension(x509.AuthorityKeyIdentifier(sm2.kid(issuer.public), None, None)),
        _extension(x509.CRLNumber(number)),
    ]
    return _sign(
        forms.RevocationList(
            version=1,
            algorithm=forms.SignatureAlgorithm(oid=forms.SM2_WITH_SM3),
            issuer=_tlv(issuer.name),
            this_update=_time(begin),
            next_update=_time(end),
            revoked=listed or None,
            extensions=extensions,
        ),
        signer,
    )


def request_body(name: x509.Name, public: bytes, curve: ObjectIdentifier = SM2_CURVE) -> bytes:
    """What the holder of a key signs to ask for a certificate (RFC 2986, CertificationRequestInfo).

    A board signs these bytes itself: its key never leaves it. curve: that of its 65 bytes.
    """
    holder = _public(public, curve)
    return asn1.encode_der(
        forms.Request(version=0, subject=_tlv(name), public=holder, attributes=asn1.SetOf([]))
    )


def signed(body: bytes, signature: bytes, by: ObjectIdentifier = SM2_WITH_SM3) -> bytes:
    """A body and the raw r‖s over it, by that algorithm, as DER."""
    return asn1.encode_der(
        forms.Signed(
            body=asn1.decode_der(asn1.TLV, body),
            algorithm=forms.SignatureAlgorithm(oid=by),
            signature=asn1.BitString(der.from_raw(signature), 0),
        )
    )


def request(name: x509.Name, public: bytes, signer: Signer) -> bytes:
    """A DER certificate request for the public key, whose private half signer holds."""
    body = request_body(name, public)
    return signed(body, signer.sign(body))


def read_request(data: bytes) -> tuple[x509.Name, bytes]:
    """The name and the public key (65 bytes) that a DER request asks for; its holder has signed it.

    BadSettings for bytes that are no request, or one for another kind of key; BadSignature if the
    signature does not fit.
    """
    try:
        body, signature = _taken_apart(data)
        inner = asn1.decode_der(forms.Request, body)
        name = x509.load_der_x509_csr(data).subject
    except (ValueError, x509.InvalidVersion):
        raise BadSettings(["no certificate request for an SM2 key, or a damaged one"]) from None
    public = inner.public.point.as_bytes()
    algorithm = inner.public.algorithm
    if (algorithm.oid, algorithm.curve) != (forms.EC_PUBLIC_KEY, forms.SM2_CURVE) or len(
        public
    ) != 65:
        raise BadSettings(["a certificate request for a key that is not on the SM2 curve"])
    check_signature(body, signature, public)
    return name, public


def public_key(certificate: bytes) -> bytes:
    """The public key (65 bytes) in a DER certificate of ours. BadSettings for anything else."""
    try:
        inner = asn1.decode_der(forms.Certificate, _taken_apart(certificate)[0])
    except (ValueError, x509.InvalidVersion):
        raise BadSettings(["no SM2 certificate, or a damaged one"]) from None
    return inner.public.point.as_bytes()


def verify(certificate: bytes, issuer: bytes, now: datetime) -> x509.Certificate:
    """The DER certificate, proven to be issued by the holder of the public key issuer, and valid.

    BadSettings for no certificate, or one that is not valid now; BadSignature for a forgery.
    """
    try:
        body, signature = _taken_apart(certificate)
        parsed = x509.load_der_x509_certificate(certificate)
    except (ValueError, x509.InvalidVersion):
        raise BadSettings(["no SM2 certificate, or a damaged one"]) from None
    check_signature(body, signature, issuer)
    if not parsed.not_valid_before_utc <= now <= parsed.not_valid_after_utc:
        raise BadSettings(
            [
                f"a certificate that is valid from {parsed.not_valid_before_utc:%Y-%m-%d} "
                f"to {parsed.not_valid_after_utc:%Y-%m-%d}, not now"
            ]
        )
    return parsed


def check_signature(body: bytes, signature: bytes, public: bytes) -> None:
    """BadSignature unless the holder of public signed body (signature as DER)."""
    verifier = make_verifier([public])
    if len(signature) < 8:
        raise BadSignature("a signature that is not DER")
    verifier.verify(ALG_SM2_SM3, sm2.kid(public), body, der.to_raw(signature))


def _taken_apart(data: bytes) -> tuple[bytes, bytes]:
    """What was signed, and the DER signature. ValueError for another structure or algorithm."""
    outer = asn1.decode_der(forms.Signed, data)
    if outer.algorithm.oid != forms.SM2_WITH_SM3 or outer.signature.padding_bits():
        raise ValueError("another algorithm")
    return asn1.encode_der(outer.body), outer.signature.as_bytes()


def _sign(body: object, signer: Signer) -> bytes:
    encoded = asn1.encode_der(body)
    return signed(encoded, signer.sign(encoded))


def _tlv(name: x509.Name) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, name.public_bytes())


def _public(public: bytes, curve: ObjectIdentifier = SM2_CURVE) -> forms.PublicKey:
    algorithm = forms.KeyAlgorithm(oid=forms.EC_PUBLIC_KEY, curve=curve)
    return forms.PublicKey(algorithm=algorithm, point=asn1.BitString(public, 0))


def _extension(value: x509.ExtensionType, critical: bool = False) -> forms.Extension:
    return forms.Extension(oid=value.oid, critical=critical, value=value.public_bytes())


def _time(at: datetime) -> asn1.UTCTime | asn1.GeneralizedTime:
    at = at.astimezone(UTC).replace(microsecond=0)
    return asn1.UTCTime(at) if at.year <= _LAST_UTC_YEAR else asn1.GeneralizedTime(at)
