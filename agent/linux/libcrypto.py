"""SM2 with SM3 by the system's libcrypto (OpenSSL 3.0 or newer), through ctypes.

The user id is always set explicitly: OpenSSL 3.0 would sign with an empty one. At load the library
must verify the standard vector of GB/T 32918.5, and refuse it altered; else it is not used.
"""

import ctypes
import ctypes.util
import errno
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from typing import Any

from agent.errors import BadSignature
from agent.ports import Entropy, Signer, Verifier
from agent.protocols import sm2
from agent.protocols.cose import ALG_SM2_SM3
from agent.protocols.signers import SoftSigner, SoftVerifier

_USER_ID = sm2.DEFAULT_ID

# OpenSSL 3.0: name, result, arguments.
_FUNCTIONS: list[tuple[str, Any, list[Any]]] = [
    ("EVP_sm3", c_void_p, []),
    ("EVP_MD_CTX_new", c_void_p, []),
    ("EVP_MD_CTX_free", None, [c_void_p]),
    ("EVP_MD_CTX_set_pkey_ctx", None, [c_void_p, c_void_p]),
    ("EVP_PKEY_CTX_new", c_void_p, [c_void_p, c_void_p]),
    ("EVP_PKEY_CTX_free", None, [c_void_p]),
    ("EVP_PKEY_CTX_set1_id", c_int, [c_void_p, c_char_p, c_int]),
    ("EVP_DigestSignInit", c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    ("EVP_DigestVerifyInit", c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    ("EVP_DigestSign", c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    ("EVP_DigestVerify", c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    ("d2i_PUBKEY", c_void_p, [c_void_p, POINTER(c_void_p), ctypes.c_long]),
    ("d2i_AutoPrivateKey", c_void_p, [c_void_p, POINTER(c_void_p), ctypes.c_long]),
    ("EVP_PKEY_free", None, [c_void_p]),
    ("ERR_clear_error", None, []),
]

# SubjectPublicKeyInfo of an SM2 key: id-ecPublicKey, the curve 1.2.156.10197.1.301, a bit string.
_PUBLIC_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def _load() -> Any:
    """The library, with its argument types pinned. OSError says why there is none."""
    found = ctypes.util.find_library("crypto")
    for name in (found, "libcrypto.so.3", "libcrypto.so.4"):
        if name is None:
            continue
        try:
            library = ctypes.CDLL(name)
            for function, result, arguments in _FUNCTIONS:
                entry = getattr(library, function)
                entry.restype, entry.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    raise OSError(errno.ENOENT, "no libcrypto of OpenSSL 3.0 or newer on this system")


class _Key:
    """One EVP_PKEY, and a context that is initialised for each use."""

    def __init__(self, library: Any, der: bytes, private: bool) -> None:
        self._library = library
        buffer = ctypes.create_string_buffer(der, len(der))
        at = c_void_p(ctypes.addressof(buffer))
        decode = library.d2i_AutoPrivateKey if private else library.d2i_PUBKEY
        self._key = decode(None, byref(at), len(der))
        if not self._key:
            library.ERR_clear_error()
            raise OSError(errno.ENOTSUP, "this libcrypto was built without SM2")

    def _context(self, initialise: Any) -> tuple[int, int]:
        library = self._library
        context = library.EVP_MD_CTX_new()
        about = library.EVP_PKEY_CTX_new(self._key, None)
        library.EVP_PKEY_CTX_set1_id(about, _USER_ID, len(_USER_ID))
        library.EVP_MD_CTX_set_pkey_ctx(context, about)
        if initialise(context, None, library.EVP_sm3(), None, self._key) != 1:
            self._free(context, about)
            raise OSError(errno.ENOTSUP, "this libcrypto was built without SM2")
        return context, about

    def _free(self, context: int, about: int) -> None:
        self._library.EVP_MD_CTX_free(context)
        self._library.EVP_PKEY_CTX_free(about)

    def sign(self, message: bytes) -> bytes:
        """r‖s."""
        context, about = self._context(self._library.EVP_DigestSignInit)
        buffer = ctypes.create_string_buffer(80)
        size = c_size_t(80)
        done = self._library.EVP_DigestSign(context, buffer, byref(size), message, len(message))
        self._free(context, about)
        if done != 1:
            raise OSError(errno.EIO, "libcrypto could not sign")
        return _from_der(buffer.raw[: size.value])

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether r‖s fits."""
        der = _to_der(signature)
        context, about = self._context(self._library.EVP_DigestVerifyInit)
        done = self._library.EVP_DigestVerify(context, der, len(der), message, len(message))
        self._free(context, about)
        if done != 1:
            self._library.ERR_clear_error()
        return bool(done == 1)


def _integer(number: bytes) -> bytes:
    number = number.lstrip(b"\0") or b"\0"
    if number[0] & 0x80:
        number = b"\0" + number
    return bytes((2, len(number))) + number


def _to_der(signature: bytes) -> bytes:
    body = _integer(signature[:32]) + _integer(signature[32:])
    return bytes((0x30, len(body))) + body


def _from_der(der: bytes) -> bytes:
    """SEQUENCE of two INTEGERs, each of at most 32 bytes of value: r‖s."""
    size = der[3]
    r, s = der[4 : 4 + size], der[6 + size :]
    return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


def _private_der(d: int, public: bytes) -> bytes:
    """ECPrivateKey (RFC 5915) with the curve's name."""
    curve = bytes.fromhex("a00a06082a811ccf5501822d")
    body = b"\x02\x01\x01\x04\x20" + d.to_bytes(32, "big") + curve
    body += b"\xa1\x44\x03\x42\x00" + public
    return bytes((0x30, len(body))) + body


class LibcryptoSigner:
    """The Signer port by libcrypto. OSError where that cannot do it."""

    alg = ALG_SM2_SM3
    implementation = "libcrypto"

    def __init__(self, d: int) -> None:
        library = _tested()
        self.public = sm2.public_key(d)
        self.kid = sm2.kid(self.public)
        self._key = _Key(library, _private_der(d, self.public), private=True)

    def sign(self, message: bytes) -> bytes:
        """See agent.ports.Signer."""
        return self._key.sign(message)


class LibcryptoVerifier:
    """The Verifier port by libcrypto, trusting these public keys (65 bytes each)."""

    implementation = "libcrypto"

    def __init__(self, publics: Iterable[bytes]) -> None:
        library = _tested()
        self._keys = {
            sm2.kid(public): _Key(library, _PUBLIC_HEAD + public, private=False)
            for public in publics
        }

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """See agent.ports.Verifier."""
        key = self._keys.get(kid)
        if alg != ALG_SM2_SM3:
            raise BadSignature(f"an algorithm that is not accepted here: {alg}")
        if key is None:
            raise BadSignature("a key that is not known here")
        if len(signature) != 64 or not key.verify(message, signature):
            raise BadSignature("the signature does not fit: forged, or changed on the way")


_library: list[Any] = []


def _tested() -> Any:
    """The library, after it has passed the standard vector."""
    if not _library:
        library = _load()
        public = bytes.fromhex(
            "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
            "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
        )
        signature = bytes.fromhex(
            "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
            "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
        )
        key = _Key(library, _PUBLIC_HEAD + public, private=False)
        if not key.verify(b"message digest", signature) or key.verify(b"other", signature):
            raise OSError(errno.EIO, "this libcrypto fails the standard vector of SM2")
        _library.append(library)
    return _library[0]


def make_signer(d: int, entropy: Entropy) -> Signer:
    """By libcrypto, or in plain integers where that cannot do SM2."""
    try:
        return LibcryptoSigner(d)
    except OSError:
        return SoftSigner(d, entropy)


def make_verifier(publics: Iterable[bytes]) -> Verifier:
    """By libcrypto, or in plain integers where that cannot do SM2."""
    publics = list(publics)
    try:
        return LibcryptoVerifier(publics)
    except OSError:
        return SoftVerifier(publics)
