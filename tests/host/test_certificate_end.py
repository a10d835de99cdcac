"""Until when a certificate is good: as `cryptography` reads it, on the page, in `pole status`."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from agent.cli.speech import Speaker
from agent.cli.status_page import Page
from agent.cli.status_texts import STATUS_TEXTS
from agent.linux import certificate_end
from agent.linux.commissioning import advice
from agent.linux.commissioning.words import LANGUAGES, Wording
from provisioning.authority import tls
from provisioning.authority.folder import name_of


def certificate(end: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = name_of("Jinjiang District", "PB-0001")
    return tls.authority(name, key, None, datetime(2020, 1, 1, tzinfo=UTC), end, key)


@pytest.mark.parametrize("year", (2026, 2049, 2050, 2100))
def test_the_end_is_that_of_cryptography(year: int, tmp_path: Path) -> None:
    made = certificate(datetime(year, 3, 4, 5, 6, 7, tzinfo=UTC))
    expected = int(made.not_valid_after_utc.timestamp() * 1000)
    der, pem = made.public_bytes(Encoding.DER), made.public_bytes(Encoding.PEM)
    for data in (der, pem, b"\n" + pem + certificate(datetime.now(UTC)).public_bytes(Encoding.PEM)):
        assert certificate_end.end_ms(data) == expected
    assert certificate_end.day(expected) == f"{year}-03-04"
    for data in (b"", der[:40], pem[:90], b"-----BEGIN NOTHING-----", bytes(300)):
        assert certificate_end.end_ms(data) is None
    assert certificate_end.of_file(tmp_path / "none.pem") is None


def test_what_ends_soon_is_told(tmp_path: Path) -> None:
    paths = []
    for number, days in enumerate((900, 30)):
        path = tmp_path / f"{number}.pem"
        path.write_bytes(certificate(datetime.now(UTC) + timedelta(days=days)).public_bytes(
            Encoding.PEM))  # fmt: skip
        paths.append(path)
    assert certificate_end.soon([None, paths[0], tmp_path / "none.pem"]) == ""
    until = certificate_end.soon(paths)
    assert until == certificate_end.day(int((time.time() + 30 * 86400) * 1000))

    seen = {"drill": None, "stuck": False, "lines": [], "channels": [], "state": "reporting",
            "uplink": {"connected": True, "acknowledged": 5}}  # fmt: skip
    assert advice.next_step(seen, True) == {"code": "next.done"}
    step = advice.next_step({**seen, "certificate": until}, True)
    assert all(until in Wording(language).say(**step) for language in LANGUAGES)


@pytest.mark.parametrize(("days", "said"), ((30, "certificate ends on"), (900, "good until")))
def test_status_shows_the_end(days: int, said: str) -> None:
    until = int((time.time() + days * 86400) * 1000)
    uplink = {"url": "mqtts://a:1", "connected": True, "acknowledged_ms_ago": 5, "frames": 1,
              "round_trip_ms": 3, "sent_bytes": 1, "heard_bytes": 1, "error": "",
              "certificate_until_ms": until}  # fmt: skip
    found = {"process": {"pid": 1}, "uptime_ms": 1, "uplinks": [uplink],
             "data": {"today": 1, "budget": 0}}  # fmt: skip
    lines = list(Page(Speaker("en", STATUS_TEXTS), found)._uplinks())
    assert [line for line in lines if said in line and certificate_end.day(until) in line]
