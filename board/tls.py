"""TLS for a board's MQTT and DTLS for its CoAP, by MicroPython's ``tls`` (mbedTLS). The server is
always verified.

In DER, beside the board's other key: ``tls-ca.der`` holds the authorities that are trusted, one
behind the other; ``tls-cert.der`` and ``tls-key.der`` are what the board shows to a server that
asks (docs/decisions/0016).

While nobody has told the board the time, the dates of certificates, and they alone, are not looked
at, for else a board with a wrong clock could never learn the right one. mbedTLS knows no such
wish: so for each step of the handshake, and no longer, the RTC is set to an instant at which all
certificates that the server showed the last time were valid (docs/decisions/0008).
"""

import errno
import time

import machine  # type: ignore[import-not-found]
import tls  # type: ignore[import-not-found]

from agent.protocols.x509 import item, validity
from board import clock

CA, CERTIFICATE, KEY = "tls-ca.der", "tls-cert.der", "tls-key.der"
# Connections in a row that fail over dates, before a clock that nobody has proven is doubted.
DOUBT = 5


class Tls:
    """One connection to a host after another: ``begin`` takes a socket that is connected, then
    ``send`` and ``recv`` are as a socket's. OSError wherever something is wrong.

    datagrams: DTLS, for a datagram socket that is connected; folder: of the files, "" or "/" at
    the end.
    """

    def __init__(self, host, datagrams=False, folder=""):
        self._stream = None
        self._datagrams = datagrams
        self._host = host
        self._folder = folder
        self._context = None
        self._up = False  # the handshake is over, and the server is who it should be
        self._loose = False  # the dates are not looked at
        self._guess = None  # the instant for that
        self._begin = self._end = None  # when all certificates of this handshake are valid
        self._refused = 0  # connections in a row that failed over dates

    def begin(self, sock):
        """Speak TLS on sock from now on; what a poll object may wait for. The handshake takes part
        in ``send`` and ``recv``."""
        if self._context is None:
            self._context = self._made()
        self._up = False
        known = clock.BoardClock().utc_ms() is not None
        self._loose = not clock.proven() and (not known or self._refused >= DOUBT)
        self._begin, self._end = (0,), (9999,)
        self._stream = self._context.wrap_socket(
            sock, server_hostname=self._host, do_handshake_on_connect=False
        )
        return self._stream

    def send(self, data):
        """How much of data went. OSError(EAGAIN) for nothing."""
        size = self._step(self._stream.write, data)
        if size is None:
            raise OSError(errno.EAGAIN, "not now")
        if not self._up:
            self._up = True
            self._refused = 0
        return size

    def recv(self, size):
        """Up to size bytes; b"" at the end, None where only a part of a record has come."""
        return self._step(self._stream.read, size)

    def check(self):
        """OSError once the dates can be looked at, and were not: then a connection is made anew."""
        if self._loose and clock.proven():
            raise OSError(errno.EACCES, "the clock is set: the server is verified again")

    def close(self):
        """Say good-bye as far as that goes at once. The socket stays open."""
        if self._stream is not None:
            try:
                self._stream.close()
            except (OSError, ValueError):
                pass
            self._stream = None

    def _step(self, do, argument):
        """One call of mbedTLS, which may look at certificates as long as the handshake lasts."""
        if self._up:
            return do(argument)
        rtc = machine.RTC()
        real = rtc.datetime()
        if self._loose and self._guess:
            rtc.datetime(self._guess[:3] + (0,) + self._guess[3:] + (0,))
        now = time.gmtime()[:6]
        try:
            return do(argument)
        except ValueError as error:
            # mbedTLS says so of certificates; it lets go of the stream then.
            if not self._begin <= now <= self._end:
                self._refused += 1
                self._guess = self._begin
            raise OSError(errno.EACCES, str(error).strip().replace("\n", "; "))
        finally:
            if self._loose and self._guess:
                rtc.datetime(real)

    def _made(self):
        kind = tls.PROTOCOL_DTLS_CLIENT if self._datagrams else tls.PROTOCOL_TLS_CLIENT
        context = tls.SSLContext(kind)
        context.verify_mode = tls.CERT_REQUIRED
        context.verify_callback = self._look
        try:
            trusted = _read(self._folder + CA)
            while trusted:
                end = item(trusted, 0)[1]
                context.load_verify_locations(trusted[:end])
                trusted = trusted[end:]
        except (OSError, ValueError, IndexError):
            raise OSError(errno.ENOENT, "%s: no authority to trust" % CA)
        try:
            certificate = _read(self._folder + CERTIFICATE)
        except OSError:
            return context  # a server that asks for none verifies users in its own way
        try:
            context.load_cert_chain(certificate, _read(self._folder + KEY))
        except (OSError, ValueError):
            raise OSError(errno.EINVAL, "%s, %s: not both are sound" % (CERTIFICATE, KEY))
        return context

    def _look(self, der, depth):
        """mbedTLS shows each certificate of the chain that it has built; what is not 0 ends the
        handshake. No exception may pass through it."""
        try:
            begin, end = validity(der)
        except (ValueError, IndexError):
            return 1
        self._begin = max(self._begin, begin)
        self._end = min(self._end, end)
        return 0


def _read(path):
    with open(path, "rb") as file:
        return file.read()
