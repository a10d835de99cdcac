"""What several files of tests begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.boards.town import Town
from tests.host import bench_boards
from tests.host.carrier_servers import CoapServer, Mosquitto


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    """A broker, and the platform that listens there."""
    server = Mosquitto()
    server.start()
    yield server
    server.end()


@pytest.fixture
def coap_server() -> Iterator[CoapServer]:
    """A platform of its own that takes CoAP."""
    server = CoapServer()
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundle for simulated ESP32-S3s is made, once for all tests: release.key and
    kit.pole."""
    bench_boards.need("esptool", "mpremote", "segno", "aiocoap")
    folder = tmp_path_factory.mktemp("office")
    Town(folder).kit(("esp32s3",), bench_boards.SMALL)
    return folder
