"""The MQTT carrier of Linux: TLS, how it wakes the loop, and what it keeps in the kernel."""

import asyncio
import datetime
import os
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_MESSAGE
from agent.linux import mqtt as linux_mqtt
from tests.host.carrier_drive import delivered, details, end, until, up
from tests.host.carrier_servers import Mosquitto, now_ms, show


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    for path in (cert_file, key_file):
        path.chmod(0o644)
    show(folder)
    return cert_file, key_file


def test_tls_on_linux(tmp_path: Path) -> None:
    cert, key = _certificate(tmp_path)
    server = Mosquitto(f"allow_anonymous true\ncertfile {cert}\nkeyfile {key}\n")
    server.start(platform=False)

    async def scenario() -> None:
        url = f"mqtts://localhost:{server.port}"
        carrier = linux_mqtt.Carrier(
            url, "p1", tls=lambda: ssl.create_default_context(cafile=str(cert))
        )
        await up(carrier)
        for token in range(10):
            carrier.offer(1, bytes(1000), token)
        events = await until(carrier, lambda found: len(found) == 10)
        assert details(events, CARRIER_HOP) == list(range(10))
        await end(carrier)
        stranger = linux_mqtt.Carrier(url, "p1")
        stranger.connect(now_ms())
        assert (await until(stranger, bool))[0][0] == CARRIER_DOWN
        assert "certificate" in stranger.last_error
        await end(stranger)

    asyncio.run(scenario())
    server.end()


def test_the_linux_carrier_wakes_the_loop(mosquitto: Mosquitto) -> None:
    """Polled only when it asks for it, never by a timer; a new socket with an old number too."""

    async def scenario() -> None:
        wake = asyncio.Event()
        carrier = linux_mqtt.Carrier(mosquitto.url, "p1", wake=wake.set)
        for _ in range(3):
            carrier.connect(now_ms())
            events = await delivered(carrier, wake, 30)
            assert details(events, CARRIER_HOP) == list(range(30))
            mosquitto.downlink("p1", b"wake up")
            await asyncio.wait_for(wake.wait(), 20)
            await until(carrier, lambda found: found == [(CARRIER_MESSAGE, b"wake up")])
            carrier.close()
            await asyncio.sleep(0.01)  # what was about to wake does so now
            wake.clear()
        await end(carrier)

    asyncio.run(scenario())


def test_linux_offers_4096_bytes_and_keeps_little_in_the_kernel(mosquitto: Mosquitto) -> None:
    async def scenario() -> None:
        carrier = linux_mqtt.Carrier(mosquitto.url, "p1")
        await up(carrier)
        with socket.socket(fileno=os.dup(carrier.fileno())) as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.IPPROTO_TCP, 25) == 4096  # TCP_NOTSENT_LOWAT
        assert carrier.room() == 1024
        with pytest.raises(ValueError):
            carrier.offer(1, bytes(4097), 1)
        for token in range(100):
            carrier.offer(1, bytes(4096), token, False)
        events = await until(carrier, lambda found: len(found) == 100)
        assert details(events, CARRIER_HOP) == list(range(100))
        await end(carrier)

    asyncio.run(scenario())
