"""The chip behind a port, by esptool: one subprocess a command, with a watchdog.

esptool waits for ever for a stub loader that never starts, so silence ends it here; and a reply
that was lost spoils its whole session, so a command is repeated as a whole.
"""

import os
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provisioning.flashing.words import Failure
from provisioning.flashing.writing import Writing

Progress = Callable[[int], None]  # percent
Retry = Callable[[str, str], None]  # why, and how it is tried again

SILENCE_S = 45.0  # the longest that a healthy command says nothing: the erase of some MB
IDENTIFY_S = 15.0
# How a write is tried, one after another: baud, and whether by the stub loader.
SLOWEST = 115200
LADDER = ((921600, True), (460800, True), (SLOWEST, True), (SLOWEST, False))
# What keeps a chip from running firmware that is not its owner's, as esptool calls it.
_LOCKS = ("Secure Boot", "Flash Encryption")
_SECURE_DOWNLOAD = "Secure Download Mode"
# FLASH_CRYPT_CNT and ABS_DONE of an ESP32 (Technical Reference Manual, eFuse controller).
_ESP32_CRYPT, _ESP32_DONE = "0x3ff5a000", "0x3ff5a018"

_CHIPS = {"ESP32": "esp32", "ESP32-S3": "esp32s3"}


class ToolFailed(Exception):
    """esptool did not do it. reason: its sentence; hung: the watchdog ended it."""

    def __init__(self, reason: str, output: str, hung: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.output = output
        self.hung = hung


@dataclass(frozen=True)
class Found:
    """What is on a port. mac: "24:58:7c:00:00:01"; flash_size: bytes; locked: why it cannot be
    written, or ""; table: its partition table as it is in the flash."""

    chip: str
    description: str
    mac: str
    flash_size: int
    locked: str
    table: bytes


class Esptool:
    """esptool on one port. silence: seconds after which a command that says nothing is ended;
    quiet: called with seconds where the board takes no more blocks."""

    def __init__(
        self,
        port: str,
        silence: float = SILENCE_S,
        quiet: Callable[[int], None] = lambda seconds: None,
    ) -> None:
        self.port = port
        self.quiet = quiet
        self.silence = silence
        self.baud, self.stub = LADDER[0]

    def run(self, *arguments: str, progress: Progress | None = None) -> str:
        """Run one command; what it said. ToolFailed, or Failure for a port that cannot be used."""
        options = ["--port", self.port, "--baud", str(self.baud)]
        options += [] if self.stub else ["--no-stub"]
        process = subprocess.Popen(
            [sys.executable, "-m", "esptool", *options, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"},
        )  # fmt: skip
        with process:
            try:
                said = self._follow(process, progress)
            finally:
                process.kill()
        if process.returncode == 0:
            return said
        raise _failed(self.port, said, process.returncode is None or process.returncode < 0)

    def _follow(self, process: "subprocess.Popen[bytes]", progress: Progress | None) -> str:
        assert process.stdout is not None
        writing = Writing(progress, self.quiet) if progress else None
        said = b""
        heard = time.monotonic()
        number = process.stdout.fileno()
        while time.monotonic() - heard < self.silence:
            if writing:
                writing.look()
            if not select.select([number], [], [], 0.5)[0]:
                continue
            data = os.read(number, 65536)
            if not data:
                process.wait()
                break
            said += data
            heard = time.monotonic()
            if writing:
                writing.hear(data.decode("utf-8", "replace"))
        return said.decode("utf-8", "replace")

    def identify(self) -> Found:
        """Ask what the board is. Where the stub loader does not start it is done without."""
        patience, self.silence = self.silence, min(self.silence, IDENTIFY_S)
        try:
            return self._found(self._with_or_without_stub("flash-id"))
        except ToolFailed as error:
            if _SECURE_DOWNLOAD in error.output:
                raise Failure("locked", what=_SECURE_DOWNLOAD) from error
            raise Failure("silent", port=self.port) from error
        finally:
            self.silence = patience

    def _found(self, said: str) -> Found:
        name = _value(said, "Connected to (.*?) on")
        chip = _CHIPS.get(name, name)
        return Found(
            chip,
            _value(said, r"Chip type:\s+(.*)"),
            _value(said, r"MAC:\s+([0-9a-f:]{17})"),
            int(_value(said, r"Detected flash size: (\d+)MB") or 0) << 20,
            self._locks(chip) if chip in _CHIPS.values() else "",
            self.read(0x8000, 0xC00),
        )

    def _with_or_without_stub(self, *arguments: str) -> str:
        try:
            return self.run(*arguments)
        except ToolFailed as error:
            if not error.hung:
                raise
            self.stub, self.baud = False, SLOWEST
            return self.run(*arguments)

    def _twice(self, *arguments: str, retry: Retry | None = None) -> str:
        """Run a command, and once more, slowly, where it fails: one lost reply spoils it."""
        try:
            return self.run(*arguments)
        except ToolFailed as error:
            self.baud, self.stub = SLOWEST, self.stub and not error.hung
            if retry is not None:
                retry(error.reason, self._how())
            return self.run(*arguments)

    def _how(self) -> str:
        return f"{self.baud} baud" + ("" if self.stub else ", without the stub loader")

    def _locks(self, chip: str) -> str:
        """What keeps the chip from running firmware of ours, or ""."""
        if chip == "esp32":  # its ROM has no command that tells
            crypt, done = self._register(_ESP32_CRYPT), self._register(_ESP32_DONE)
            locked = [done >> 4 & 3 != 0, (crypt >> 20 & 0x7F).bit_count() % 2 == 1]
        else:
            said = self._twice("get-security-info")
            locked = [f"{name}: Enabled" in said for name in _LOCKS]
        return ", ".join(name for name, is_on in zip(_LOCKS, locked, strict=True) if is_on)

    def _register(self, address: str) -> int:
        return int(_value(self._twice("read-mem", address), r" = (0x[0-9a-f]+)"), 16)

    def read(self, at: int, size: int) -> bytes:
        """size bytes of the flash."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "flash.bin"
            self._twice("read-flash", hex(at), hex(size), str(path))
            return path.read_bytes()

    def erase(self, at: int, size: int, retry: Retry) -> None:
        """Erase whole sectors. retry: as for write()."""
        try:
            self._twice("erase-region", hex(at), hex(size), retry=retry)
        except ToolFailed as error:
            raise Failure("write-failed", reason=error.reason) from error

    def write(self, parts: list[tuple[int, Path]], progress: Progress, retry: Retry) -> None:
        """Write files at their offsets, down the ladder. What is there already is skipped.
        retry: called with (reason, how) before each repetition."""
        pairs = [text for at, path in parts for text in (hex(at), str(path))]
        rungs = [rung for rung in LADDER if self.stub or not rung[1]]
        failed: ToolFailed | None = None
        damaged = False
        for baud, stub in rungs:
            if failed is not None and failed.hung and stub:
                continue  # the stub does not start: not at a lower speed either
            self.baud, self.stub = baud, stub
            if failed is not None:
                retry(failed.reason, self._how())
            try:
                self.run("write-flash", "--skip-flashed", *pairs, progress=progress)
                return
            except ToolFailed as error:
                failed = error
                damaged = damaged or "MD5" in error.reason or "is empty" in error.reason
        assert failed is not None
        if damaged:
            raise Failure("verify-failed")
        raise Failure("write-failed", reason=failed.reason)

    def verify(self, parts: list[tuple[int, Path]]) -> None:
        """Compare the flash with those files, by hashes that the chip makes anew."""
        pairs = [text for at, path in parts for text in (hex(at), str(path))]
        try:
            self._twice("verify-flash", *pairs)
        except ToolFailed as error:
            if "verify failed" in error.output.lower() or "mismatch" in error.output.lower():
                raise Failure("verify-failed") from error
            raise Failure("write-failed", reason=error.reason) from error


def _failed(port: str, said: str, hung: bool) -> Exception:
    if "No module named esptool" in said:
        return Failure("no-tool", tool="esptool")
    if "Permission denied" in said:
        return Failure("port-denied", port=port)
    if "exclusively lock" in said or "Resource busy" in said or "Device or resource busy" in said:
        return Failure("port-busy", port=port)
    if "No such file or directory" in said or "could not open port" in said:
        return Failure("port-gone", port=port)
    reason = _value(said, r"error occurred: (.*?)(?:\. |\.?$)") or "no answer"
    return ToolFailed("no answer" if hung else reason, said, hung)


def _value(said: str, pattern: str) -> str:
    found = re.search(pattern, said, re.MULTILINE)
    return found[1].strip() if found else ""
