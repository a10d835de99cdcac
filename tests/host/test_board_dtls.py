"""CoAP over DTLS from a board: the real MicroPython and its mbedTLS against libcoap's server, with
certificates on both sides.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from simulators.free_port import free_port
from tests.host import authority_case
from tests.host.carrier_servers import program, wait_for
from tests.host.micropython import ROOT, interpreter
from tests.host.test_board_tls import Board, board, city
from tests.host.test_mqtt_tls import City

__all__ = ["board", "city"]  # fixtures

FRAMES = 20  # of 1000 zeros each
HANDSHAKE = 22  # ContentType, RFC 6347, 4.3.1


class Libcoap:
    """coap-server-openssl, which wants certificates, and takes POSTs to what was PUT there."""

    def __init__(self, city: City, folder: Path) -> None:
        self.said = folder / "coap-server.log"
        self._city = city
        self._server = program("coap-server-openssl")
        self._client = program("coap-client-openssl")
        self._process: subprocess.Popen[bytes] | None = None

    def serve(self) -> str:
        """Start it; its address."""
        port = free_port()  # and the next one for DTLS
        place = self._city.where / "broker"
        ca = str(place / "ca.pem")
        files = ["-c", f"{place}/localhost.pem", "-j", f"{place}/localhost.key", "-C", ca, "-R", ca]
        with open(self.said, "wb") as log:
            self._process = subprocess.Popen(
                [self._server, "-A", "127.0.0.1", "-p", str(port), "-d", "10", "-v", "7", *files],
                stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(lambda: self._put(f"coap://127.0.0.1:{port}/pole/p1/1"), "coap-server-openssl")
        return f"coaps://localhost:{port + 1}"

    def _put(self, url: str) -> bool:
        """Make what a board posts to."""
        done = subprocess.run(
            [self._client, "-m", "put", "-e", "x", "-B", "1", url], capture_output=True, check=False
        )
        return b"PUT" in self.said.read_bytes() and done.returncode == 0

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


@pytest.fixture
def server(city: City, tmp_path: Path) -> Iterator[Libcoap]:
    made = Libcoap(city, tmp_path)
    yield made
    made.end()


def command(url: str, *stay: str) -> list[str]:
    script = [str(ROOT / "tests" / "host" / "speak_coaps.py"), str(ROOT), url, str(FRAMES)]
    return [interpreter(), "-X", "heapsize=2M", *script, *stay]


def speaks(board: Board, url: str) -> list[str]:
    done = subprocess.run(
        command(url), cwd=board.folder, env={**os.environ, **board.rtc.environment},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_both_sides_prove_themselves(server: Libcoap, board: Board) -> None:
    assert speaks(board, server.serve()) == [f"hops {FRAMES}"]
    said = server.said.read_text("utf-8", "replace")
    assert "'PB-1' presented by client (Certificate)" in said


def test_a_wrong_authority_or_name_is_refused(
    server: Libcoap, board: Board, tmp_path: Path
) -> None:
    url = server.serve()
    said = speaks(board, url.replace("localhost", "127.0.0.1"))
    assert "does not match" in said[0] and said[-1] == "hops 0"
    other = authority_case.make(tmp_path / "other")
    root = x509.load_pem_x509_certificate((other / "tls-root.pem").read_bytes())
    board.write("tls-ca.der", root.public_bytes(Encoding.DER))
    said = speaks(board, url)
    assert "not correctly signed" in said[0] and said[-1] == "hops 0"


def test_a_board_without_a_certificate_is_refused(server: Libcoap, board: Board) -> None:
    (board.folder / "tls-cert.der").unlink()
    said = speaks(board, server.serve())
    assert said[0].startswith("down") and said[-1] == "hops 0"


def test_a_session_that_the_server_ends_is_over_at_once(server: Libcoap, board: Board) -> None:
    url = server.serve()
    with subprocess.Popen(
        command(url, "stay"), cwd=board.folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # A datagram under way when the server goes is told by the network before its last word.
        assert process.stdout.readline() == "all\n"
        server.end(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert "closed the session" in said


def test_a_server_without_dtls_hears_nothing_but_handshakes(board: Board) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind(("127.0.0.1", 0))
        plain.settimeout(20)
        url = f"coaps://127.0.0.1:{plain.getsockname()[1]}"
        with subprocess.Popen(command(url), cwd=board.folder, stdout=subprocess.DEVNULL) as process:
            try:
                for _ in range(3):
                    data, sender = plain.recvfrom(2000)
                    assert data[0] == HANDSHAKE and bytes(100) not in data
                    # An answer in the clear, by somebody who saw the datagram, is no way out.
                    plain.sendto(b"\x60\x44\x00\x01", sender)
            finally:
                process.kill()
