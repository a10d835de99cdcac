"""What stands around a board of cut_board.py: the workstation's disk with registry, authority and
secrets, the order, and a technician who does what flash.py says.
"""

import dataclasses
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provisioning import board_image, bundle, layout, registry, uf2_image
from provisioning.authority import folder, server
from provisioning.flashing.chip import Esptool, Found
from provisioning.flashing.job import Job
from provisioning.flashing.order import Order
from provisioning.flashing.words import Failure
from simulators import pole_sensors
from simulators.boards import firmware, pico, uf2_file
from simulators.boards.nor import Nor
from simulators.boards.town import FLASH, WIFI
from simulators.lines.pty_lines import Lines
from tests.host import authority_case
from tests.host.bench_boards import SMALL
from tests.host.cut_board import CutBoard, Disk, PipeRepl

ID = "SIM-0001"
UID = "24587c000001"
_PICO_FILES_AT = 0x12C000
_SETTINGS = """\
[pole]
id = "SIM-0001"
[uplink]
platform_key = "{key}"
{carrier}
"""
_PLAIN = 'carrier = "coap"\nurl = "coap://127.0.0.1:9"'
_GUARDED = 'carrier = "mqtt"\nurl = "mqtts://localhost:9"'


class Loader(Esptool):
    """esptool, for a board without a port: what it does to the file system is done to cells."""

    def __init__(self, bench: "Bench", board: CutBoard) -> None:
        super().__init__("pipe")
        self._bench = bench
        self._board = board

    def identify(self) -> Found:
        """See Esptool."""
        return Found("esp32s3", "ESP32-S3", Bench.mac(), FLASH, "", self._bench.table)

    def erase(self, at: int, size: int, *more: Any) -> None:
        """See Esptool."""
        begin = layout.partitions(FLASH)[-1].offset
        if at + size > begin:
            self._board.erase(max(0, at - begin), at + size - max(at, begin))

    def write(self, parts: Any, progress: Any, retry: Any) -> None:
        """It is there already."""
        self._board.end()

    def verify(self, parts: Any) -> None:
        """It is."""


class Bench:
    """In place. office: the folder of that fixture; chip: "esp32s3", or "rp2040" that runs
    MicroPython; guarded: with certificates for TLS and an OSCORE secret, the authority at hand."""

    def __init__(self, place: Path, office: Path, chip: str, guarded: bool) -> None:
        self.place = place
        self.chip = chip
        self.guarded = guarded
        self.desk = place / "desk"  # what flash.py reads and writes there
        self.desk.mkdir(parents=True)
        shutil.copy2(office / "registry.json", self.desk)
        key = registry.load(self.desk / "registry.json").platform.hex()
        settings = _SETTINGS.format(key=key, carrier=_GUARDED if guarded else _PLAIN)
        settings += pole_sensors.settings(["uart1"])
        (place / "pole.toml").write_text(settings, encoding="utf-8")
        trusted = bytes.fromhex((office / "release.pub").read_text())
        self.kit = _with_pico(bundle.load(office / "kit.pole", trusted))
        self.target = self.kit.targets[chip]
        self.table = b""
        self._fill_flash()
        if guarded:
            self._make_authority()
        self._seen: Disk = {}
        sensors = pole_sensors.PoleSensors(1, lambda device: _unheard)
        self._lines = Lines()
        self._lines.add(place / "uart1", pole_sensors.MODE, sensors.lines[0])
        self._lines.start()

    def close(self) -> None:
        """Take the sensors away."""
        self._lines.stop()

    @staticmethod
    def mac() -> str:
        """The board's, as it is written."""
        return bytes.fromhex(UID).hex(":")

    def board(self, name: str, cells: bytes | None = None) -> CutBoard:
        """One with those cells, whose firmware was written before; or a blank one. Its writes
        remember this desk."""
        self.table = self.kit.files["firmware/esp32s3/partitions.bin"] if cells else b""
        environment = {"POLE_CHIP": self.chip, "POLE_UID": UID, "POLE_WIFI": ":".join(WIFI),
                       "POLE_UART1": str(self.place / "uart1"),
                       "POLE_FLASH_IMAGE": str(self.place / "flash.bin"),
                       "POLE_RESET": "software"}  # fmt: skip
        size = pico.FLASH["rp2040"] - _PICO_FILES_AT
        if self.chip == "esp32s3":
            size = layout.partitions(FLASH)[-1].size
        blank = b"\xff" * size
        return CutBoard(self.place / name, bytearray(cells or blank), environment, self.disk)

    def disk(self) -> Disk:
        """The files on the desk."""
        paths = [path for path in self.desk.rglob("*") if path.is_file()]
        found = {path.relative_to(self.desk).as_posix(): path.read_bytes() for path in paths}
        if found != self._seen:
            self._seen = found
        return self._seen  # one for all the writes in which nothing changes

    def lay(self, disk: Disk) -> None:
        """Put the desk in order as it was."""
        shutil.rmtree(self.desk)
        for name, data in disk.items():
            path = self.desk / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o600)

    def flash(self, board: CutBoard, **how: Any) -> Failure | None:
        """Run flash.py's job once."""
        order = Order(
            "pipe", self.place / "pole.toml", id=ID, registry=self.desk / "registry.json",
            request_folder=self.desk / "csr", wifi=WIFI, **how,
        )  # fmt: skip
        if self.guarded:
            order.certificates, order.secrets = self.desk / "certificates", self.desk / "secrets"
            order.authority = self.desk / "authority"
            order.passphrase_file = self.place / "issuing.pass"
        if self.chip != "esp32s3":
            order.drive = self.place / "no-drive"
        job = Job(order, self.kit, lambda *_, **__: None)
        job._work.repl = PipeRepl(board)
        if self.chip == "esp32s3":
            job._board._tool = Loader(self, board)
        try:
            job.run()
        except Failure as failure:
            return failure
        finally:
            board.end()
        return None

    def finish(self, board: CutBoard, **how: Any) -> str:
        """Run it, and once more where it says how; what it said."""
        first = self.flash(board, **how)
        if first is None:
            return ""
        assert first.word == "provisioned", first.sentence()
        second = self.flash(board, update=True)
        assert second is None, second.sentence()
        return first.word

    def _fill_flash(self) -> None:
        """Firmware, and where it is a chip of Espressif's the table."""
        size = FLASH if self.chip == "esp32s3" else pico.FLASH[self.chip]
        nor = Nor(self.place / "flash.bin", size)
        for part in self.target.parts:
            data = self.kit.files[part.name]
            if self.chip == "esp32s3":
                nor.program(part.at, data)
                continue
            for begin, content in uf2_image.spans(data):
                nor.program(begin - uf2_image.FLASH_AT, content)
        nor.close()

    def _make_authority(self) -> None:
        authority_case.make(self.desk / "authority")
        authority = folder.open_folder(self.desk / "authority", authority_case.PASSPHRASE)
        server.make(authority, ["localhost"], self.place / "server", datetime.now(UTC))
        authority.register.close()
        (self.desk / "certificates").mkdir()
        (self.desk / "secrets").mkdir()
        shutil.copy2(self.place / "server" / "ca.pem", self.desk / "certificates")
        authority_case.passphrase_file(self.place / "issuing.pass")


def _unheard(channel: str, now: int, value: int) -> None:
    """What the sensors say is nobody's business here."""


def _with_pico(kit: bundle.Bundle) -> bundle.Bundle:
    """The bundle for one chip serves another one here: both run this machine's code."""
    part = bundle.Part(f"firmware/rp2040/{bundle.UF2}", uf2_image.FLASH_AT)
    target = bundle.Target("rp2040", pico.FLASH["rp2040"], board_image.HOST, firmware.version(),
                           (part,))  # fmt: skip
    files = kit.files | {part.name: uf2_file.micropython("rp2040", SMALL)}
    return dataclasses.replace(kit, targets=kit.targets | {"rp2040": target}, files=files)
