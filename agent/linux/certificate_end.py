"""Until when certificates are good: told while there is time to renew them."""

import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

SOON_MS = 90 * 86_400_000
_UTC_TIME = 0x17  # its tag; two digits of the year, 2049 at the latest (RFC 5280, 4.1.2.5.1)


def end_ms(data: bytes) -> int | None:
    """The last instant of a certificate (DER; or the first one of a PEM file), in ms since 1970.
    None for what is none."""
    try:
        der = data
        if data.lstrip().startswith(b"-----"):
            first = data.decode("ascii").partition(ssl.PEM_FOOTER)[0] + ssl.PEM_FOOTER
            der = ssl.PEM_cert_to_DER_cert(first[first.index(ssl.PEM_HEADER) :])
        return _end(der)
    except (ValueError, IndexError):
        return None


def of_file(path: Path | None) -> int | None:
    """end_ms of a file; None where there is none."""
    try:
        return None if path is None else end_ms(path.read_bytes())
    except OSError:
        return None


def soon(paths: Iterable[Path | None]) -> str:
    """The day (UTC) on which the first of these ends, where that is within SOON_MS; else ""."""
    ends = [end for path in paths if (end := of_file(path)) is not None]
    if not ends or min(ends) - time.time() * 1000 > SOON_MS:
        return ""
    return day(min(ends))


def day(ms: int) -> str:
    """An instant's day (UTC)."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def _item(der: bytes, at: int) -> tuple[int, int]:
    """(begin, end) of the content of the item at at (X.690, 8.1)."""
    size = der[at + 1]
    at += 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(der[at - (size & 0x7F) : at], "big")
    return at, at + size


def _end(der: bytes) -> int:
    at = _item(der, _item(der, 0)[0])[0]
    for _ in range(3 + (der[at] == 0xA0)):  # the version if it is given; serial, algorithm, issuer
        at = _item(der, at)[1]
    second = _item(der, _item(der, at)[0])[1]  # behind notBefore (RFC 5280, 4.1.2.5)
    begin, end = _item(der, second)
    text = der[begin:end].decode("ascii")
    if der[second] == _UTC_TIME:
        text = ("20" if text < "5" else "19") + text
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)
