"""flash.py on simulated boards whose carriers are protected: a blank ESP32-S3 that reports by MQTT
over TLS to the real mosquitto, with certificates on both sides, and one that reports by CoAP under
OSCORE. What is secret is in no report and in nothing that was said.
"""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.protocols import cbor
from provisioning.authority import batch, enroll, folder, shared_secret
from provisioning.authority.application import Application
from provisioning.flashing.repl import Repl
from provisioning.registry import Registry
from simulators.boards.board import SimulatedBoard
from simulators.boards.town import Town
from simulators.free_port import free_port
from simulators.platform.service import Platform
from tests.host import authority_case, bench_boards, test_mqtt_tls
from tests.host.bench_boards import settle
from tests.host.board_rtc import Rtc
from tests.host.test_board_tls import DAY, IN_2000
from tests.host.test_flash_tool import flash, report

ID = "SIM-0001"


def files_of(board: SimulatedBoard, *names: str) -> list[bytes]:
    """Those files of a board. What it ran is interrupted, and stays so."""
    repl = Repl(board.port.url)
    try:
        repl.enter(60)
        said = [repl.run(f"print(open({name!r}, 'rb').read().hex())") for name in names]
    finally:
        repl.close()
    assert all(re.fullmatch("([0-9a-f]{2})*", text) for text in said), said
    return [bytes.fromhex(text) for text in said]


def everything_said(town: Town, *said: str) -> str:
    """What flash.py printed and wrote."""
    reports = sorted((town.folder / "reports").rglob("*"))
    return "".join(said) + "".join(
        path.read_text("utf-8", "replace") for path in reports if path.is_file()
    )


class SealedTown(Town):
    """Its platform takes nothing but OSCORE."""

    ends: list[Path]

    def platform(self, known: Registry, key: int) -> Platform:
        ends = sorted((self.folder / "secrets").glob("*.platform"))
        self.ends = [path.rename(path.with_name(device_id(path).hex())) for path in ends]
        return Platform(known, key, ":memory:", coap=self.address, oscore=self.ends)


def device_id(path: Path) -> bytes:
    """The device's id in the context whose platform's end is at path."""
    packed = cbor.decode((path.with_suffix(".device") / "oscore.cbor").read_bytes())
    return bytes(packed[3])


@pytest.fixture
def sealed(tmp_path: Path, office: Path) -> Iterator[SealedTown]:
    town = SealedTown(settle(tmp_path / "town", office))
    yield town
    town.stop()


def test_a_blank_board_reports_under_oscore(sealed: SealedTown) -> None:
    folder = sealed.folder / "secrets"
    shared_secret.make(ID, folder)
    packed = (folder / f"{ID}.device" / "oscore.cbor").read_bytes()
    secret = cbor.decode(packed)[1]
    board = sealed.add()
    sealed.start()
    one = ("--port", board.port.url, "--id", ID, "--secrets", str(folder))
    status, events, said = flash(sealed, *one)
    assert status == 0, said
    assert sealed.received(ID) > 0
    assert not list(folder.glob("*.device")) and not list(folder.glob("*.moving")), "moved"
    text = everything_said(sealed, said, str(events))
    assert secret.hex() not in text and repr(secret)[2:-1] not in text

    # An update keeps it, and its numbers go on.
    status, _, said = flash(sealed, *one, "--update")
    assert status == 0, said
    there, numbers = files_of(board, "/oscore.cbor", "/oscore.next")
    assert there == packed and int(numbers) >= 2000

    # Another context that was half-way when the workstation died serves no more.
    shutil.copytree(sealed.ends[0], folder / f"{ID}.moving")
    (folder / f"{ID}.moving" / "oscore.cbor").write_bytes(packed[:-1] + b"\1")
    status, _, said = flash(sealed, *one, "--update")
    assert status == 1 and "may be in use already" in said


class GuardedTown(Town):
    """Its platform is behind a broker that wants certificates of everybody but of neighbours."""

    city: test_mqtt_tls.City
    neighbours: int

    def carrier(self) -> str:
        assert self.city.broker is not None
        return f'carrier = "mqtt"\nurl = "mqtts://localhost:{self.city.broker.port}"'

    def platform(self, known: Registry, key: int) -> Platform:
        return Platform(known, key, ":memory:", mqtt=f"mqtt://127.0.0.1:{self.neighbours}")


@pytest.fixture
def guarded(tmp_path: Path, office: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedTown]:
    city = test_mqtt_tls.City(tmp_path / "city", monkeypatch)
    GuardedTown.city = city
    GuardedTown.neighbours = free_port()
    city.serve(more=f"listener {GuardedTown.neighbours} 127.0.0.1\n")
    town = GuardedTown(settle(tmp_path / "town", office))
    yield town
    town.stop()
    city.broker.end()
    city.authority.register.close()


def test_with_the_authority_at_hand_one_run_does_it_all(guarded: GuardedTown) -> None:
    city = guarded.city
    board = guarded.add()
    guarded.start()
    certificates, secrets = guarded.folder / "certificates", guarded.folder / "secrets"
    certificates.mkdir()
    shutil.copy2(city.where / "broker" / "ca.pem", certificates)
    password = guarded.folder / "issuing.pass"
    password.write_bytes(authority_case.PASSPHRASE + b"\n")
    one = ("--port", board.port.url, "--id", ID, "--certificates", str(certificates), "--secrets",
           str(secrets), "--authority", str(city.where / "jinjiang"))  # fmt: skip
    status, _, said = flash(guarded, *one)
    assert status == 2 and "--passphrase-file" in said
    one = (*one, "--passphrase-file", str(password))
    status, _, said = flash(guarded, *one)
    assert status == 2 and "chmod 600" in said
    password.chmod(0o600)
    status, events, said = flash(guarded, *one)
    assert status == 0, said
    assert guarded.received(ID) > 0
    assert sorted(path.name for path in certificates.iterdir()) == [
        f"{ID}.pem", f"{ID}.tls.pem", "ca.pem",
    ]  # fmt: skip
    assert [path.name for path in secrets.iterdir()] == [f"{ID}.platform"], "one half each"
    (context,) = files_of(board, "/oscore.cbor")
    text = everything_said(guarded, said, str(events))
    assert cbor.decode(context)[1].hex() not in text
    assert authority_case.PASSPHRASE.decode() not in text
    assert city.authority.register.device(ID) is not None


def test_a_blank_board_is_certified_and_reports_over_tls(guarded: GuardedTown) -> None:
    city = guarded.city
    rtc = Rtc(guarded.folder)
    guarded.environment = rtc.environment
    guarded.settings.write_text(guarded.settings.read_text() + '[signing]\ntable = "4 KB"\n')
    board = guarded.add()
    guarded.start()
    folder = guarded.folder / "certificates"
    folder.mkdir()
    shutil.copy2(city.where / "broker" / "ca.pem", folder)
    one = ("--port", board.port.url, "--id", ID, "--requests", str(folder))

    status, _, said = flash(guarded, *one)
    assert status == 2 and "need --certificates FOLDER" in said
    one = (*one, "--certificates", str(folder))
    status, _, said = flash(guarded, *one)
    assert status == 1 and f"{ID}.tls.csr certified" in said, said
    assert guarded.received(ID) == 0

    asked = Application(
        ID,
        (folder / f"{ID}.csr").read_bytes(),
        tls_csr=(folder / f"{ID}.tls.csr").read_bytes(),
    )
    batch.write(folder, ID, enroll.enroll(city.authority, asked, datetime.now(UTC)))
    status, events, said = flash(guarded, *one, "--update")
    assert status == 0, said
    assert guarded.received(ID) > 0
    (key,) = files_of(board, "/tls-key.der")
    text = everything_said(guarded, said, str(events))
    assert key.hex() not in text and key[7:39].hex() not in text
    assert report(guarded, ID)["steps"][-1]["step"] == "report-in"

    # Once there, nothing needs to be given again.
    status, _, said = flash(guarded, "--port", board.port.url, "--id", ID, "--update")
    assert status == 0, said
    slot = report(guarded, ID)["slot"]["folder"]
    (table,) = files_of(board, f"{slot}agent/protocols/sm2_table.mpy")
    assert len(table) > 4096

    # The power goes, and it wakes in 2000; then with a clock that looks right, and is not.
    for utc in (IN_2000, time.time() + 4000 * DAY):
        board.unplug()
        rtc.show(utc)
        before = guarded.received(ID)
        board.plug()
        bench_boards.wait_for(lambda before=before: guarded.received(ID) > before, 120)
        bench_boards.wait_for(lambda: abs(rtc.wrong_by()) < 10)
        before = guarded.received(ID)
        bench_boards.wait_for(lambda before=before: guarded.received(ID) > before)


def test_the_key_for_tls_is_renewed_alone(guarded: GuardedTown) -> None:
    city = guarded.city
    board = guarded.add()
    guarded.start()
    folder = guarded.folder / "certificates"
    folder.mkdir()
    shutil.copy2(city.where / "broker" / "ca.pem", folder)
    password = authority_case.passphrase_file(guarded.folder / "issuing.pass")
    authority = ("--authority", str(city.where / "jinjiang"), "--passphrase-file", str(password))
    one = ("--port", board.port.url, "--id", ID, "--certificates", str(folder))
    status, events, said = flash(guarded, *one, *authority)
    assert status == 0 and "its certificate for TLS is good until" in said, said
    outliving = ("/device.key", "/a/settings.bin", "/a/manifest")
    kept = files_of(board, *outliving)
    pair = files_of(board, "/tls-key.der", "/tls-cert.der")

    # Without the authority: a request, and the board goes on with what it has.
    status, _, said = flash(guarded, *one, "--renew-tls")
    assert status == 1 and f"{ID}.tls.csr certified" in said, said
    bench_boards.wait_for(more_than(guarded, guarded.received(ID)))
    assert files_of(board, "/tls-key.der", "/tls-cert.der") == pair

    # A certificate that the server does not take: the board has the old pair again.
    csr = (folder / f"{ID}.tls.csr").read_bytes()
    stranger = certificate_of_another(guarded.folder / "other", csr)
    (folder / f"{ID}.tls.pem").write_bytes(stranger)
    status, _, said = flash(guarded, *one, "--renew-tls", "--ack-seconds", "20")
    assert status == 6 and "the board has the old one again" in said, said
    assert files_of(board, "/tls-key.der", "/tls-cert.der") == pair
    board.cut_power()
    bench_boards.wait_for(more_than(guarded, guarded.received(ID)))

    # With the authority at hand one run does it; everything else stays.
    (folder / f"{ID}.tls.pem").unlink()
    before = guarded.received(ID)
    status, events, said = flash(guarded, *one, *authority, "--renew-tls")
    assert status == 0 and said.count("PASS") == 1, said
    assert guarded.received(ID) > before
    assert [event["step"] for event in events if event["state"] == "begin"] == [
        "identify", "renew", "report-in", "forget",
    ]  # fmt: skip
    renewed = files_of(board, "/tls-key.der", "/tls-cert.der")
    assert not set(renewed) & set(pair)
    assert files_of(board, *outliving) == kept
    text = everything_said(guarded, said, str(events))
    assert renewed[0].hex() not in text and renewed[0][7:39].hex() not in text
    held = [one for one in city.authority.register.certificates(ID) if one.kind == "tls"]
    assert len(held) == 2 and held[1].der == renewed[1]

    # Cut short between its two files: running it again finishes what was begun.
    repl = Repl(board.port.url)
    repl.enter(60)
    repl.run('import os; os.rename("/tls-cert.der", "/tls-cert.next")')
    repl.close()
    status, _, said = flash(guarded, *one, "--renew-tls")
    assert status == 0, said
    assert files_of(board, "/tls-key.der", "/tls-cert.der") == renewed


def more_than(town: Town, before: int) -> Callable[[], bool]:
    return lambda: town.received(ID) > before


def certificate_of_another(place: Path, csr: bytes) -> bytes:
    """A certificate for the request, by an authority that the city's broker does not know."""
    other = folder.open_folder(authority_case.make(place), authority_case.PASSPHRASE)
    asked = Application(ID, authority_case.request(ID, 7), tls_csr=csr)
    issued = enroll.enroll(other, asked, datetime.now(UTC))
    other.register.close()
    assert issued.tls is not None
    return issued.tls
