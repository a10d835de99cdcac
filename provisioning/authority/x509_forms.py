"""The structures of X.509 that are signed with SM2 (RFC 5280, RFC 2986), as ASN.1 declarations.

`cryptography` reads the same structures, but its builders know no SM2 keys, and no keys that are
elsewhere: in a board.
"""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ObjectIdentifier

SM2_WITH_SM3 = ObjectIdentifier("1.2.156.10197.1.501")  # GM/T 0006-2012
SM2_CURVE = ObjectIdentifier("1.2.156.10197.1.301")
ECDSA_WITH_SHA256 = ObjectIdentifier("1.2.840.10045.4.3.2")  # RFC 5758
P256_CURVE = ObjectIdentifier("1.2.840.10045.3.1.7")  # RFC 5480
EC_PUBLIC_KEY = ObjectIdentifier("1.2.840.10045.2.1")  # RFC 5480


def key_usage(authority: bool, commits: bool = False) -> x509.KeyUsage:
    """What a key may do (RFC 5280, 4.2.1.3): an authority's signs certificates and lists of revoked
    ones, another's signs. commits: a device's, whose signature stands for what it reported."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


@asn1.sequence
class SignatureAlgorithm:
    oid: ObjectIdentifier


@asn1.sequence
class KeyAlgorithm:
    oid: ObjectIdentifier
    curve: ObjectIdentifier


@asn1.sequence
class PublicKey:
    algorithm: KeyAlgorithm
    point: asn1.BitString


@asn1.sequence
class Validity:
    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class Extension:
    oid: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]
    value: bytes


@asn1.sequence
class Certificate:
    version: Annotated[int, asn1.Explicit(0)]
    serial: int
    algorithm: SignatureAlgorithm
    issuer: asn1.TLV
    validity: Validity
    subject: asn1.TLV
    public: PublicKey
    extensions: Annotated[list[Extension], asn1.Explicit(3)]


@asn1.sequence
class Request:
    version: int
    subject: asn1.TLV
    public: PublicKey
    attributes: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]


@asn1.sequence
class Revoked:
    serial: int
    at: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class RevocationList:
    version: int
    algorithm: SignatureAlgorithm
    issuer: asn1.TLV
    this_update: asn1.UTCTime | asn1.GeneralizedTime
    next_update: asn1.UTCTime | asn1.GeneralizedTime
    revoked: list[Revoked] | None
    extensions: Annotated[list[Extension], asn1.Explicit(0)]


@asn1.sequence
class Signed:
    body: asn1.TLV
    algorithm: SignatureAlgorithm
    signature: asn1.BitString
