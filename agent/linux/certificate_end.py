"""Until when certificates are good: told while there is time to renew them."""

import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agent.protocols.x509 import validity

SOON_MS = 90 * 86_400_000


def end_ms(data: bytes) -> int | None:
    """The last instant of a certificate (DER; or the first one of a PEM file), in ms since 1970.
    None for what is none."""
    try:
        der = data
        if data.lstrip().startswith(b"-----"):
            first = data.decode("ascii").partition(ssl.PEM_FOOTER)[0] + ssl.PEM_FOOTER
            der = ssl.PEM_cert_to_DER_cert(first[first.index(ssl.PEM_HEADER) :])
        return int(datetime(*validity(der)[1]).replace(tzinfo=UTC).timestamp() * 1000)
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
