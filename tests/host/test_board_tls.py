"""MQTT over TLS from a board: the real MicroPython and its mbedTLS against the real mosquitto, with
certificates on both sides, and with clocks that are wrong.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from board import tls_key
from provisioning.authority import enroll, folder, key_file, tls
from tests.host import authority_case, test_mqtt_tls
from tests.host.board_rtc import Rtc
from tests.host.carrier_servers import Mosquitto
from tests.host.micropython import ROOT, interpreter
from tests.host.test_mqtt_tls import City

DAY = 86400
IN_2000 = 946_684_800 + 60  # what a board believes a minute after the power came


class Board:
    """A folder with a board's files for TLS."""

    def __init__(self, city: City, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.rtc = Rtc(folder)
        files = city.pole
        assert files.ca and files.certificate and files.key
        authorities = x509.load_pem_x509_certificates(files.ca.read_bytes())
        self.write("tls-ca.der", authorities[-1].public_bytes(Encoding.DER))
        own = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        self.write("tls-cert.der", own.public_bytes(Encoding.DER))
        key = load_pem_private_key(files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self.write("tls-key.der", tls_key.packed(key.private_numbers().private_value))

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def speaks(self, url: str, tries: int = 1, told: float = 0) -> list[str]:
        """Up to so many failures; told: the time that the platform tells, seconds since 1970."""
        program = [str(ROOT / "tests" / "host" / "speak_mqtts.py"), str(ROOT), url, str(tries)]
        done = subprocess.run(
            [interpreter(), "-X", "heapsize=2M", *program, str(round(told * 1000))],
            cwd=self.folder, env={**os.environ, **self.rtc.environment},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()


@contextlib.contextmanager
def made_city(folder: Path, monkeypatch: pytest.MonkeyPatch, since: datetime) -> Iterator[City]:
    """since: when its authority and its broker got their certificates."""
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    monkeypatch.setattr(test_mqtt_tls, "YESTERDAY", since)
    made = City(folder, monkeypatch)
    yield made
    if made.broker is not None:
        made.broker.end()
    made.authority.register.close()


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    with made_city(tmp_path / "city", monkeypatch, datetime.now(UTC) - timedelta(days=1)) as made:
        yield made


@pytest.fixture
def board(city: City, tmp_path: Path) -> Board:
    return Board(city, tmp_path / "board")


def test_both_sides_prove_themselves(city: City, board: Board) -> None:
    assert board.speaks(city.serve()) == ["hops 5"]


def test_a_wrong_authority_or_name_is_refused_whatever_the_clock_says(
    city: City, board: Board, tmp_path: Path
) -> None:
    url = city.serve()
    for utc in (time.time(), IN_2000):
        board.rtc.show(utc)
        said = board.speaks(url.replace("localhost", "127.0.0.1"), 3)
        assert "does not match" in said[-2] and said[-1] == "hops 0"
    other = authority_case.make(tmp_path / "other")
    root = x509.load_pem_x509_certificate((other / "tls-root.pem").read_bytes())
    board.write("tls-ca.der", root.public_bytes(Encoding.DER))
    for utc in (time.time(), IN_2000):
        board.rtc.show(utc)
        said = board.speaks(url, 3)
        assert "not correctly signed" in said[-2] and said[-1] == "hops 0"


def test_any_of_several_authorities_will_do(city: City, board: Board, tmp_path: Path) -> None:
    other = authority_case.make(tmp_path / "other")
    root = x509.load_pem_x509_certificate((other / "tls-root.pem").read_bytes())
    mine = (board.folder / "tls-ca.der").read_bytes()
    board.write("tls-ca.der", root.public_bytes(Encoding.DER) + mine)
    assert board.speaks(city.serve()) == ["hops 5"]


def test_a_broker_without_tls_gets_nothing(board: Board) -> None:
    plain = Mosquitto()
    plain.start(platform=False)
    said = board.speaks(f"mqtts://localhost:{plain.port}", 2)
    plain.end()
    assert len(said) == 3 and said[-1] == "hops 0"


DATES = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/simulators/board_modules"]
from board import tls
for line in sys.stdin:
    try:
        print(tls.validity(memoryview(bytes.fromhex(line.strip()))))
    except (ValueError, IndexError) as error:
        print("refused")
"""


def test_a_board_reads_the_dates_of_certificates() -> None:
    """Up to 2049 they are UTCTime, later GeneralizedTime; in a damaged one there are none."""
    key = ec.generate_private_key(ec.SECP256R1())
    expected, lines = [], []
    for begin, end in (
        (datetime(1999, 12, 31, 23, 59, 58), datetime(2049, 12, 31, 1, 2, 3)),
        (datetime(2026, 2, 28), datetime(2050, 1, 1)),
        (datetime(2051, 6, 5, 4, 3, 2), datetime(9999, 12, 31, 23, 59, 59)),
    ):
        der = self_signed(key, begin, end)
        expected += [str([tuple(at.timetuple())[:6] for at in (begin, end)])]
        lines += [der.hex()]
        for bad in (
            der[:40],
            der.replace(b"0Z", b"ZZ").replace(b"8Z", b"ZZ").replace(b"2Z", b"ZZ"),
        ):
            expected += ["refused"]
            lines += [bad.hex()]
    done = subprocess.run(
        [interpreter(), "-c", DATES.format(root=str(ROOT))], input="\n".join(lines),
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == expected


def self_signed(key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime) -> bytes:
    name = folder.name_of("Jinjiang District", "PB-1")
    made = tls.authority(name, key, None, begin, end, key)
    return made.public_bytes(Encoding.DER)


def test_without_its_files_a_board_connects_to_nobody(city: City, board: Board) -> None:
    url = city.serve()
    board.write("tls-key.der", b"damaged")
    assert "not both are sound" in board.speaks(url)[0]
    (board.folder / "tls-cert.der").unlink()
    assert board.speaks(url)[-1] == "hops 0"  # this broker wants certificates
    board.write("tls-ca.der", b"damaged")
    assert "no authority to trust" in board.speaks(url)[0]
    (board.folder / "tls-ca.der").unlink()
    assert "no authority to trust" in board.speaks(url)[0]


def test_a_revoked_board_is_refused(city: City, board: Board) -> None:
    enroll.revoke(city.authority, "PB-1", "stolen", datetime.now(UTC))
    assert board.speaks(city.serve(revocations=True), 2)[-1] == "hops 0"


def test_a_board_that_wakes_in_2000_is_not_locked_out(city: City, board: Board) -> None:
    """The first handshake shows it when the certificates are valid, the second succeeds; the time
    is told, and everything is verified again. Its clock is right from then on."""
    board.rtc.show(IN_2000)
    said = board.speaks(city.serve(), 5, time.time())
    assert "starts in the future" in said[0]
    assert "the clock is set" in said[1]
    assert said[2:] == ["hops 5"]
    assert abs(board.rtc.wrong_by()) < 5


def test_an_authority_may_be_younger_than_what_it_has_signed(city: City, board: Board) -> None:
    """Its certificate was renewed since: the board looks for a time at which all are valid."""
    city.certificate_of_broker(datetime.now(UTC) - timedelta(days=10))
    board.rtc.show(IN_2000)
    assert board.speaks(city.serve(), 5)[1:] == ["hops 5"]


def test_a_clock_that_was_never_told_stays_as_it_was(city: City, board: Board) -> None:
    """What serves the handshake does not pass for the time."""
    board.rtc.show(IN_2000)
    assert board.speaks(city.serve(), 5)[1:] == ["hops 5"]
    assert abs(board.rtc.wrong_by() - (IN_2000 - time.time())) < 60


def test_a_plausible_clock_counts_until_it_has_failed_five_times(city: City, board: Board) -> None:
    board.rtc.show(time.time() + 4000 * DAY)
    said = board.speaks(city.serve(), 9, time.time())
    assert len(said) == 7 and all("has expired" in line for line in said[:5])
    assert "the clock is set" in said[5] and said[6] == "hops 5"
    assert abs(board.rtc.wrong_by()) < 5


def test_a_clock_that_the_platform_told_is_never_doubted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that has really expired is refused for good, once the time is certain."""
    since = datetime.now(UTC) - timedelta(days=1000)  # a server's certificate is good for 730
    with made_city(tmp_path / "city", monkeypatch, since) as city:
        board = Board(city, tmp_path / "board")
        board.rtc.show(IN_2000)
        said = board.speaks(city.serve(), 12, time.time())
    assert "starts in the future" in said[0] and "the clock is set" in said[1]
    assert len(said) == 13 and all("has expired" in line for line in said[2:12])
    assert said[12] == "hops 0"


def test_certificates_that_were_never_valid_together_are_refused(city: City, board: Board) -> None:
    """The authority is younger than what it has signed: no clock makes that right."""
    city.certificate_of_broker(datetime.now(UTC) - timedelta(days=800))
    board.rtc.show(IN_2000)
    assert board.speaks(city.serve(), 3)[-1] == "hops 0"
