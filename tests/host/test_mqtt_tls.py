"""MQTT over TLS with certificates on both sides, against the real mosquitto."""

import asyncio
import getpass
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from agent.events import CARRIER_DOWN, CARRIER_HOP
from agent.linux import mqtt, pole_toml
from agent.linux.clock import SystemClock
from agent.linux.node import Node
from agent.linux.tls_files import TlsFiles
from agent.protocols import sm2
from provisioning.authority import enroll, export, folder, key_file, server
from provisioning.authority.application import Application
from tests.host import authority_case
from tests.host.carrier_drive import details, end, until, up
from tests.host.carrier_servers import PATIENCE_MS, Mosquitto, now_ms
from tests.host.test_node import SETTINGS

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class City:
    """An authority, a broker that wants certificates, and the files of one pole."""

    def __init__(self, where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(authority_case, "NOW", YESTERDAY)
        self.where = where
        self.authority = folder.open_folder(
            authority_case.make(where / "jinjiang"), authority_case.PASSPHRASE
        )
        self.certificate_of_broker(YESTERDAY)
        self.pole = self.files("PB-1", 1)
        self.broker: Mosquitto | None = None

    def certificate_of_broker(self, begin: datetime) -> None:
        """A fresh certificate for localhost, valid for two years from begin."""
        for path in (self.where / "broker").glob("*"):
            path.unlink()
        server.make(self.authority, ["localhost"], self.where / "broker", begin)

    def files(self, serial: str, key: int) -> TlsFiles:
        """The files of an enrolled device."""
        secret = ec.generate_private_key(ec.SECP256R1())
        asked = Application(
            serial,
            authority_case.request(serial, key),
            tls_csr=authority_case.tls_request(serial, secret),
        )
        issued = enroll.enroll(self.authority, asked, YESTERDAY)
        assert issued.tls is not None
        path = self.where / f"{serial}.tls.pem"
        path.write_bytes(issued.tls)
        return TlsFiles(self.where / "broker" / "ca.pem", path, self.key(serial, secret))

    def key(self, serial: str, secret: ec.EllipticCurvePrivateKey) -> Path:
        path = self.where / f"{serial}.key"
        data = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key_file.write_secret(path, data)
        return path

    def serve(self, revocations: bool = False, more: str = "") -> str:
        """Start the broker; its address. more: lines about other listeners, which then want no
        certificate."""
        folder_of = self.where / "broker"
        lines = (
            # As root it would become another user, who may not read these files.
            f"user {getpass.getuser()}\nallow_anonymous {'true' if more else 'false'}\n"
            "require_certificate true\nuse_identity_as_username true\n"
            f"cafile {folder_of}/ca.pem\ncertfile {folder_of}/localhost.pem\n"
            f"keyfile {folder_of}/localhost.key\n"
        )
        if revocations:
            made = export.revocation_lists(self.authority, folder_of, datetime.now(UTC))[1]
            # mosquitto checks every certificate of the chain: the root's list is empty.
            lines += f"crlfile {made}\n"
        self.broker = Mosquitto(lines + more)
        self.broker.start(platform=False)
        return f"mqtts://localhost:{self.broker.port}"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    made = City(tmp_path / "city", monkeypatch)
    yield made
    if made.broker is not None:
        made.broker.end()
    made.authority.register.close()


async def _delivers(url: str, files: TlsFiles, time_is_known: bool = True) -> None:
    carrier = mqtt.Carrier(url, "p1", tls=lambda: files.context(time_is_known))
    await up(carrier)
    for token in range(10):
        carrier.offer(1, bytes(4000), token)
    events = await until(carrier, lambda found: len(found) == 10)
    assert details(events, CARRIER_HOP) == list(range(10))
    await end(carrier)


async def _is_refused(url: str, files: TlsFiles, time_is_known: bool = True) -> str:
    carrier = mqtt.Carrier(url, "p1", tls=lambda: files.context(time_is_known))
    carrier.connect(now_ms())
    assert (await until(carrier, bool))[0][0] == CARRIER_DOWN
    await end(carrier)
    return carrier.last_error


async def _until(condition: Callable[[], Any]) -> None:
    end_at = now_ms() + PATIENCE_MS
    while not condition():
        assert now_ms() < end_at, "waited in vain"
        await asyncio.sleep(0.01)


def test_both_sides_prove_themselves(city: City) -> None:
    asyncio.run(_delivers(city.serve(), city.pole))


def test_a_broker_of_another_authority_is_refused(city: City, tmp_path: Path) -> None:
    url = city.serve()
    other = authority_case.make(tmp_path / "other")
    files = TlsFiles(other / "tls-root.pem", city.pole.certificate, city.pole.key)
    assert "certificate verify failed" in asyncio.run(_is_refused(url, files))
    assert "certificate verify failed" in asyncio.run(
        _is_refused(url, files, time_is_known=False)
    ), "a wrong clock excuses no wrong authority"


def test_a_broker_under_another_name_is_refused(city: City) -> None:
    url = city.serve().replace("localhost", "127.0.0.1")
    for known in (True, False):
        assert "certificate" in asyncio.run(_is_refused(url, city.pole, known))


def test_a_device_without_a_certificate_is_refused(city: City) -> None:
    url = city.serve()
    assert asyncio.run(_is_refused(url, TlsFiles(city.pole.ca)))
    asyncio.run(_delivers(url, city.pole))


def test_a_revoked_device_is_refused(city: City) -> None:
    stolen = city.files("PB-2", 2)
    enroll.revoke(city.authority, "PB-2", "stolen", datetime.now(UTC))
    url = city.serve(revocations=True)
    assert asyncio.run(_is_refused(url, stolen))
    asyncio.run(_delivers(url, city.pole))


def test_a_wrong_clock_looks_at_everything_but_the_dates(city: City) -> None:
    """What a machine with a clock of 2020 sees: a certificate that is not valid yet."""
    city.certificate_of_broker(datetime.now(UTC) + timedelta(days=300))
    url = city.serve()
    assert "not yet valid" in asyncio.run(_is_refused(url, city.pole))
    asyncio.run(_delivers(url, city.pole, time_is_known=False))


def test_a_broker_whose_certificate_has_ended_is_refused(city: City) -> None:
    city.certificate_of_broker(datetime.now(UTC) - timedelta(days=800))
    assert "expired" in asyncio.run(_is_refused(city.serve(), city.pole))


def test_a_node_verifies_again_when_it_learns_the_time(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.certificate_of_broker(datetime.now(UTC) + timedelta(days=300))
    url = city.serve()
    text = SETTINGS.format(carrier="mqtt", url=url, key="04" + "00" * 64, modbus=9)
    files = (city.pole.ca, city.pole.certificate, city.pole.key)
    named = "\n".join(
        f'{name} = "{path}"'
        for name, path in zip(("ca", "certificate", "certificate_key"), files, strict=True)
    )
    (tmp_path / "pole.toml").write_text(
        text.replace("[journal]", named + "\n\n[journal]").replace(
            "04" + "00" * 64, sm2.public_key(4711).hex()
        )
    )
    utc: list[int | None] = [None]
    monkeypatch.setattr(SystemClock, "utc_ms", lambda _: utc[0])
    said: list[str] = []

    async def scenario() -> None:
        node = Node(
            pole_toml.load(tmp_path / "pole.toml"),
            lambda topic, sentence: said.append(f"{topic}: {sentence}"),
        )
        stop = asyncio.Event()
        running = asyncio.ensure_future(node.run(stop))
        await _until(lambda: node.carrier.room() > 0)
        utc[0] = int(datetime.now(UTC).timestamp() * 1000)
        node._clock_at = 0  # look at the clock now
        await _until(lambda: "not yet valid" in node.carrier.last_error)
        stop.set()
        await running

    asyncio.run(scenario())
    assert any("verified again" in sentence for sentence in said)


def test_plain_tcp_at_the_other_end_is_no_way_out(tmp_path: Path) -> None:
    plain = Mosquitto()
    plain.start(platform=False)
    url = f"mqtts://localhost:{plain.port}"
    assert asyncio.run(_is_refused(url, TlsFiles()))
    plain.end()


def test_renewed_files_are_used_at_the_next_connection(city: City) -> None:
    url = city.serve()
    assert city.pole.certificate is not None
    good = city.pole.certificate.read_bytes()

    async def scenario() -> None:
        carrier = mqtt.Carrier(url, "p1", tls=lambda: city.pole.context(True))
        assert city.pole.certificate is not None
        city.pole.certificate.write_bytes(b"damaged")
        carrier.connect(now_ms())
        assert (await until(carrier, bool))[0][0] == CARRIER_DOWN
        assert "PB-1.tls.pem" in carrier.last_error
        city.pole.certificate.write_bytes(good)
        await up(carrier)
        carrier.again("the clock is set")
        assert (await until(carrier, bool))[0] == (CARRIER_DOWN, carrier.last_error)
        await end(carrier)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda files: files.key.chmod(0o644), "chmod 600"),
        (lambda files: files.key.unlink(), "no such file"),
        (lambda files: files.ca.write_text("x"), "no certificate"),
        (lambda files: files.ca.unlink(), "no such file"),
        (lambda files: files.key.write_text("x"), "no certificate and its key"),
    ],
)
def test_a_file_that_does_not_serve_is_named(city: City, change: object, sentence: str) -> None:
    assert callable(change)
    change(city.pole)
    with pytest.raises(OSError, match=sentence):
        city.pole.context(True)
