"""TLS for a Linux node: whom it trusts, and the certificate by which it is known.

The server is always verified: its chain, its name and, once this machine knows the time, its dates.
A machine that wakes with a wrong clock could else never connect to learn the right one; so while
the time is unknown the dates alone are not looked at, and when it is learned the connection is made
anew (docs/decisions/0008-tls-and-a-wrong-clock.md). The files are read at each connection: what was
renewed is used without a restart.
"""

import errno
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

# X509_V_FLAG_NO_CHECK_TIME, openssl/x509_vfy.h; Python's ssl has no name for it.
_NO_CHECK_TIME = 0x200000


@dataclass(frozen=True)
class TlsFiles:
    """PEM files. ca: None for the system's authorities; certificate and key: None for neither."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self, time_is_known: bool) -> ssl.SSLContext:
        """For one connection. OSError, in one plain sentence, for a file that does not serve."""
        context = _trusting(self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not time_is_known:
            context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
        if self.certificate is not None and self.key is not None:
            _present(context, self.certificate, self.key)
        return context


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except FileNotFoundError:
        raise OSError(errno.ENOENT, f"{ca}: no such file") from None
    except ssl.SSLError:
        raise OSError(errno.EINVAL, f"{ca} holds no certificate (PEM)") from None


def _present(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    for path in (certificate, key):
        if not path.is_file():
            raise OSError(errno.ENOENT, f"{path}: no such file")
    if os.stat(key).st_mode & 0o077:
        raise OSError(errno.EPERM, f"{key} may be read by others: run chmod 600 on it")
    try:
        # No prompt at a terminal nobody sits at: a key under a passphrase is an error.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError:
        raise OSError(
            errno.EINVAL, f"{certificate} and {key} are no certificate and its key (PEM)"
        ) from None
