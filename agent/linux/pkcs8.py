"""A private key under a passphrase: encrypted PKCS#8 (RFC 5958) with scrypt and AES-256, as PEM, by
libcrypto. `openssl pkey -in device.key` reads it, and what it writes is read here.
"""

import ctypes
import errno
import secrets
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p
from typing import Any

from agent.linux import der, libcrypto
from agent.protocols import sm2

BEGIN = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"

# scrypt's cost (RFC 7914): 16 MB and some 50 ms, once at each start.
_N, _R, _P = 16384, 8, 1
_SALT = 16

_FUNCTIONS: list[tuple[str, Any, list[Any]]] = [
    ("BIO_s_mem", c_void_p, []),
    ("BIO_new", c_void_p, [c_void_p]),
    ("BIO_new_mem_buf", c_void_p, [c_char_p, c_int]),
    ("BIO_ctrl_pending", c_size_t, [c_void_p]),
    ("BIO_read", c_int, [c_void_p, c_char_p, c_int]),
    ("BIO_free", c_int, [c_void_p]),
    ("PEM_read_bio_PrivateKey", c_void_p, [c_void_p, c_void_p, c_void_p, c_char_p]),
    ("PEM_write_bio_PKCS8", c_int, [c_void_p, c_void_p]),
    ("EVP_PKEY_get_group_name", c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)]),
    ("EVP_PKEY_get_bn_param", c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    ("BN_bn2binpad", c_int, [c_void_p, c_char_p, c_int]),
    ("BN_clear_free", None, [c_void_p]),
    ("EVP_aes_256_cbc", c_void_p, []),
    ("EVP_PKEY2PKCS8", c_void_p, [c_void_p]),
    ("PKCS8_PRIV_KEY_INFO_free", None, [c_void_p]),
    ("PKCS5_pbe2_set_scrypt", c_void_p,
     [c_void_p, c_char_p, c_int, c_char_p, c_uint64, c_uint64, c_uint64]),
    ("PKCS8_set0_pbe", c_void_p, [c_char_p, c_int, c_void_p, c_void_p]),
    ("X509_SIG_free", None, [c_void_p]),
]  # fmt: skip


def encrypted(d: int, passphrase: bytes) -> bytes:
    """The PEM of private key d under a passphrase. OSError where libcrypto cannot do it."""
    library = _library()
    plain = der.private_key(d, sm2.public_key(d))
    buffer = ctypes.create_string_buffer(plain, len(plain))
    key = library.d2i_AutoPrivateKey(None, byref(c_void_p(ctypes.addressof(buffer))), len(plain))
    ctypes.memset(buffer, 0, len(plain))
    info = library.EVP_PKEY2PKCS8(key) if key else None
    out = library.BIO_new(library.BIO_s_mem())
    sealed = None
    try:
        salt = secrets.token_bytes(_SALT)
        pbe = library.PKCS5_pbe2_set_scrypt(
            library.EVP_aes_256_cbc(), salt, len(salt), None, _N, _R, _P
        )
        if info and pbe:
            sealed = library.PKCS8_set0_pbe(passphrase, len(passphrase), info, pbe)
        if not sealed or library.PEM_write_bio_PKCS8(out, sealed) != 1:
            raise OSError(errno.ENOTSUP, "this libcrypto cannot encrypt a key")
        size = library.BIO_ctrl_pending(out)
        pem = ctypes.create_string_buffer(size)
        library.BIO_read(out, pem, size)
        return pem.raw
    finally:
        library.X509_SIG_free(sealed)
        library.PKCS8_PRIV_KEY_INFO_free(info)
        library.EVP_PKEY_free(key)
        library.BIO_free(out)
        library.ERR_clear_error()


def decrypted(pem: bytes, passphrase: bytes) -> int:
    """The private key in a PEM. OSError, in one plain sentence, for another passphrase or key."""
    library = _library()
    bio = library.BIO_new_mem_buf(pem, len(pem))
    key = library.PEM_read_bio_PrivateKey(bio, None, None, passphrase)
    number = c_void_p()
    try:
        if not key:
            raise OSError(errno.EACCES, "the passphrase does not open the key, or it is damaged")
        name = ctypes.create_string_buffer(32)
        named = library.EVP_PKEY_get_group_name(key, name, len(name), byref(c_size_t()))
        if named != 1 or name.value != b"SM2":
            raise OSError(errno.EINVAL, "the key is not one of SM2's curve")
        raw = ctypes.create_string_buffer(32)
        if (
            library.EVP_PKEY_get_bn_param(key, b"priv", byref(number)) != 1
            or library.BN_bn2binpad(number, raw, 32) != 32
        ):
            raise OSError(errno.EINVAL, "there is no private key in the file")
        return int.from_bytes(raw.raw, "big")
    finally:
        library.BN_clear_free(number)
        library.EVP_PKEY_free(key)
        library.BIO_free(bio)
        library.ERR_clear_error()


def _library() -> Any:
    """libcrypto, tested, with these functions' argument types pinned, too."""
    library = libcrypto.tested()
    for function, result, arguments in _FUNCTIONS:
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    return library
