"""SM2 with SM3 by the system's libcrypto (OpenSSL 3.0 or newer), through ctypes.

The user id is always set explicitly: OpenSSL 3.0 would sign with an empty one. At load the library
must verify the standard vector of GB/T 32918.5, and refuse it altered; else it is not used. Each
key is one EVP_PKEY for its life, and each use a context of its own, so threads may share a key.
"""

import ctypes
import errno
import weakref
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from typing import Any

from agent.errors import BadSignature
from agent.linux import der
from agent.ports import Entropy
from agent.protocols import sm2
from agent.protocols.cose import ALG_SM2_SM3
from agent.protocols.signers import SoftSigner, SoftVerifier

_USER_ID = sm2.DEFAULT_ID

# OpenSSL 3.0: name, result, arguments. A wrong type here would be a memory error there.
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

_NAMES = ("libcrypto.so.3", "libcrypto.so.4", "")  # "": to be searched for

_NO_SM2 = "this libcrypto was built without SM2, or its providers do not offer it"

# GB/T 32918.5-2017, annex A: M = "message digest" under the default id.
_VECTOR_PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
_VECTOR_SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def _searched() -> str:
    """What the system calls it. It runs programs to find out, which takes longer than all else."""
    from ctypes.util import find_library

    found = find_library("crypto")
    if found is None:
        raise OSError(errno.ENOENT, "no libcrypto")
    return found


def _load() -> Any:
    """The library, with its argument types pinned. OSError says why there is none."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name or _searched())
            for function, result, arguments in _FUNCTIONS:
                entry = getattr(library, function)
                entry.restype, entry.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    raise OSError(errno.ENOENT, "no libcrypto of OpenSSL 3.0 or newer, with SM3, on this system")


class _Key:
    """One EVP_PKEY, freed with this object, and a context for each use."""

    def __init__(self, library: Any, key: int) -> None:
        self._library = library
        self._key = key
        weakref.finalize(self, library.EVP_PKEY_free, key)

    def _use(self, initialise: Any, operation: Any, *arguments: Any) -> bool:
        """Whether operation succeeded, on a context with our user id."""
        library = self._library
        context = library.EVP_MD_CTX_new()
        options = library.EVP_PKEY_CTX_new(self._key, None)
        try:
            # The id before the initialisation: that is when it is hashed.
            if not context or not options:
                raise OSError(errno.ENOMEM, "no memory for a signature")
            if library.EVP_PKEY_CTX_set1_id(options, _USER_ID, len(_USER_ID)) != 1:
                raise OSError(errno.ENOTSUP, _NO_SM2)
            library.EVP_MD_CTX_set_pkey_ctx(context, options)
            if initialise(context, None, library.EVP_sm3(), None, self._key) != 1:
                raise OSError(errno.ENOTSUP, _NO_SM2)
            return bool(operation(context, *arguments) == 1)
        finally:
            library.EVP_MD_CTX_free(context)
            library.EVP_PKEY_CTX_free(options)
            library.ERR_clear_error()

    def sign(self, message: bytes) -> bytes:
        """r‖s."""
        library = self._library
        buffer = ctypes.create_string_buffer(der.SIGNATURE_SIZE)
        size = c_size_t(der.SIGNATURE_SIZE)
        if not self._use(
            library.EVP_DigestSignInit,
            library.EVP_DigestSign,
            buffer,
            byref(size),
            message,
            len(message),
        ):
            raise OSError(errno.EIO, "libcrypto could not sign")
        return der.to_raw(buffer.raw[: size.value])

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether r‖s fits."""
        library = self._library
        encoded = der.from_raw(signature)
        return self._use(
            library.EVP_DigestVerifyInit,
            library.EVP_DigestVerify,
            encoded,
            len(encoded),
            message,
            len(message),
        )


def _decoded(library: Any, decode: Any, data: bytes) -> _Key | None:
    """The key in data, or None if the library takes it for none."""
    buffer = ctypes.create_string_buffer(data, len(data))
    at = c_void_p(ctypes.addressof(buffer))
    key = decode(None, byref(at), len(data))
    library.ERR_clear_error()
    return _Key(library, key) if key else None


def _public_key(library: Any, public: bytes) -> _Key | None:
    """The key of 65 bytes 04‖x‖y, or None if that is no point of the curve."""
    if len(public) != 65:
        return None
    return _decoded(library, library.d2i_PUBKEY, der.public_key(public))


class LibcryptoSigner:
    """The Signer port by libcrypto, with private key d.

    ValueError for a key out of range; OSError where libcrypto is missing or cannot do SM2.
    """

    alg = ALG_SM2_SM3
    implementation = "libcrypto"

    def __init__(self, d: int) -> None:
        library = tested()
        self.public: bytes = sm2.public_key(d)
        self.kid: bytes = sm2.kid(self.public)
        pair = der.private_key(d, self.public)
        key = _decoded(library, library.d2i_AutoPrivateKey, pair)
        if key is None:
            raise OSError(errno.ENOTSUP, _NO_SM2)
        if not key.verify(b"", key.sign(b"")):
            raise OSError(errno.EIO, "this libcrypto cannot verify what it signs")
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s over message."""
        return self._key.sign(message)


class LibcryptoVerifier:
    """The Verifier port by libcrypto, trusting these public keys (65 bytes each).

    BadSignature if one is no point of the curve; OSError where libcrypto is missing or cannot do
    SM2.
    """

    implementation = "libcrypto"

    def __init__(self, publics: Iterable[bytes]) -> None:
        self._library = tested()
        self._keys: dict[bytes, _Key] = {}
        for public in publics:
            self.trust(public)

    def trusts(self, kid: bytes) -> bool:
        """Whether the key of this id is trusted."""
        return kid in self._keys

    def trust(self, public: bytes) -> None:
        """Trust one key more. BadSignature if it is none."""
        key = _public_key(self._library, public)
        if key is None:
            raise BadSignature("a public key that is no point of the curve")
        self._keys[sm2.kid(public)] = key

    def forget(self, kid: bytes) -> None:
        """Trust a key no longer; nothing happens where it was not."""
        self._keys.pop(kid, None)

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """BadSignature unless the holder of kid signed message."""
        if alg != ALG_SM2_SM3:
            raise BadSignature(f"an algorithm that is not accepted here: {alg}")
        key = self._keys.get(kid)
        if key is None:
            raise BadSignature("a key that is not known here")
        if len(signature) != 64 or not key.verify(message, signature):
            raise BadSignature("the signature does not fit: forged, or changed on the way")


class PlainSigner(SoftSigner):
    """The Signer port in plain integers, where libcrypto cannot do SM2."""

    implementation = "plain integers"


class PlainVerifier(SoftVerifier):
    """The Verifier port in plain integers, where libcrypto cannot do SM2."""

    implementation = "plain integers"


_library: list[Any] = []


def tested() -> Any:
    """The library, once it has passed the standard vector. OSError says what is wrong with it."""
    if not _library:
        library = _load()
        key = _public_key(library, _VECTOR_PUBLIC)
        if key is None:
            raise OSError(errno.ENOTSUP, _NO_SM2)
        good = key.verify(b"message digest", _VECTOR_SIGNATURE)
        if not good or key.verify(b"message digesT", _VECTOR_SIGNATURE):
            raise OSError(errno.EIO, "this libcrypto fails the standard vector of SM2")
        _library.append(library)
    return _library[0]


def make_signer(d: int, entropy: Entropy) -> LibcryptoSigner | PlainSigner:
    """By libcrypto, or in plain integers where that cannot do SM2; ``implementation`` tells."""
    try:
        return LibcryptoSigner(d)
    except OSError:
        return PlainSigner(d, entropy)


def make_verifier(publics: Iterable[bytes]) -> LibcryptoVerifier | PlainVerifier:
    """By libcrypto, or in plain integers where that cannot do SM2; ``implementation`` tells."""
    publics = list(publics)
    try:
        return LibcryptoVerifier(publics)
    except OSError:
        return PlainVerifier(publics)
