"""One board, from blank to its first acknowledged frame: twelve steps, each proven on the board."""

import ast
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.settings import Settings
from provisioning import bundle, enrolment, esp_image, layout, registry
from provisioning.flashing import settings as board_settings
from provisioning.flashing.chip import SILENCE_S, Esptool, Found
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl
from provisioning.flashing.words import Failure
from provisioning.registry import RegisteredDevice

ACK_S = 90.0  # from the start of the application to its first acknowledged frame
HOURS = 72

_LFS_HEAD = 0x2000  # bytes of littlefs's superblocks: without them there is no file system
_TELL = """
import sys, hashlib
from esp32 import Partition
part = Partition(Partition.RUNNING)
hash, left, piece = hashlib.sha256(), {size}, bytearray(4096)
for block in range((left + 4095) // 4096):
    part.readblocks(block, piece, 0)
    hash.update(memoryview(piece)[: min(4096, left)])
    left -= 4096
print(repr((".".join([str(x) for x in sys.implementation[1][:3]]), hash.digest().hex())))
"""
_INSTALLED = """
import os
names = os.listdir("/")
state = None
if "slots.mpy" in names:
    import slots
    made = slots.Slots()
    state = (made.active, made.confirmed, made.reason)
print(repr(("device.key" in names, state)))
"""


@dataclass
class Order:
    """What shall be done with one board. settings: the pole.toml; board: its file's name, None for
    that of its chip; wifi: (name, password); request_folder: where a certificate request goes;
    resume: go on with a board that was left half-way, as with an update, unless it is another's."""

    port: str
    settings: Path
    board: str | None = None
    id: str | None = None
    name: str = ""
    place: tuple[float, float] | None = None
    registry: Path | None = None
    request_folder: Path | None = None
    wifi: tuple[str, str] | None = None
    update: bool = False
    reprovision: bool = False
    resume: bool = False
    deadline_hours: int = HOURS
    ack_s: float = ACK_S
    silence_s: float = SILENCE_S
    not_again: dict[str, str] = field(default_factory=dict)  # id by MAC of the boards done before


class Job:
    """Does an Order. emit: called with the fields of each event: step, state, and more.

    ``record`` is the report: what was found, done and proven.
    """

    def __init__(self, order: Order, kit: bundle.Bundle, emit: Callable[..., None]) -> None:
        self.order = order
        self.kit = kit
        self.emit = emit
        self.steps: list[dict[str, Any]] = []
        self.record: dict[str, Any] = {
            "id": order.id, "port": order.port, "bundle": kit.digest, "version": kit.version,
            "steps": self.steps, "retries": 0,
        }  # fmt: skip
        self._step_name = "bundle"
        self._repl = Repl(order.port)

    def run(self) -> None:
        """Do it. Failure with what went wrong; the record holds all that was done until then."""
        try:
            self._run()
        except NoAnswer as error:
            raise Failure("lost", step=self._step_name) from error
        finally:
            self._repl.close()

    def _run(self) -> None:
        order = self.order
        with self._step("settings"):
            compiled = board_settings.compile_settings(order.settings, order.id, order.place)
            self.record["id"] = compiled.settings.pole_id
        tool = Esptool(order.port, order.silence_s)
        with self._step("identify"):
            found = tool.identify()
            self.emit("identify", "found", word="found", chip=found.chip, mac=found.mac,
                      flash_mb=found.flash_size >> 20, description=found.description)  # fmt: skip
            target = self._matching(found)
            files = self._slot(compiled.settings, target)
            installed = self._refuse(found, target, compiled.settings.pole_id)
        if not installed:
            self._prepare(tool, found, target)
        self._write(tool, target)
        with self._step("boot"):
            self._prove_boot(target, installed)
        with self._step("copy"):
            self._copy(files, compiled.packed, target, installed)
        with self._step("identity"):
            public = self._public()
            self.record["public"] = public.hex()
        with self._step("enrol"):
            self._enrol(compiled.settings, public, found.mac)
        with self._step("selftest"):
            self._selftest()
        with self._step("report-in"):
            self._report_in()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._step_name = name
        begun = time.monotonic()
        entry: dict[str, Any] = {"step": name}
        self.steps.append(entry)
        self.emit(name, "begin")
        try:
            yield
        except BaseException:
            entry["verdict"] = "fail"
            raise
        finally:
            entry["seconds"] = round(time.monotonic() - begun, 2)
        entry["verdict"] = "pass"
        self.emit(name, "done", seconds=entry["seconds"])

    # What is there, and whether it may be touched.

    def _matching(self, found: Found) -> bundle.Target:
        self.record |= {"chip": found.description, "mac": found.mac,
                        "flash_mb": found.flash_size >> 20}  # fmt: skip
        target = self.kit.targets.get(found.chip)
        if target is None:
            raise Failure("wrong-chip", chip=found.chip, wanted=", ".join(sorted(self.kit.targets)))
        if found.flash_size < target.flash_size:
            raise Failure("small-flash", have=found.flash_size >> 20, need=target.flash_size >> 20)
        if found.locked:
            raise Failure("locked", what=found.locked)
        if found.mac in self.order.not_again:
            raise Failure("same-board", mac=found.mac, id=self.order.not_again[found.mac])
        return target

    def _slot(self, settings: Settings, target: bundle.Target) -> dict[str, bytes]:
        self._board = self.order.board or target.chip
        boards = sorted(Path(name).stem for name in self.kit.imports
                        if name.startswith("board/esp"))  # fmt: skip
        if f"board/{self._board}.py" not in self.kit.imports:
            raise Failure("wrong-board", board=self._board, boards=", ".join(boards))
        return self.kit.slot(settings, target, self._board)

    def _refuse(self, found: Found, target: bundle.Target, pole_id: str) -> bool:
        """Whether the board carries this software, and its file system shall stay."""
        order = self.order
        table = found.table[: esp_image.TABLE_SIZE]
        same = table == self.kit.files[f"firmware/{target.chip}/partitions.bin"]
        public = self._installed() if same else None
        if public is None:
            if order.update:
                raise Failure("not-provisioned")
            return False
        self.emit("identify", "found", word="found-installed")
        if order.resume and not (order.update or order.reprovision):
            owner = self._owner(public)
            if owner not in (None, pole_id):
                raise Failure("same-board", mac=found.mac, id=owner)
        elif not (order.update or order.reprovision):
            raise Failure("provisioned")
        return not order.reprovision

    def _installed(self) -> bytes | None:
        """The board's public key; None where it has no identity. A board that cannot be asked any
        more has lost it."""
        try:
            self._repl.enter(5)
            said: tuple[bool, Any] = ast.literal_eval(self._repl.run(_INSTALLED))
            self.record["before"] = said[1]
            if not said[0] or said[1] is None:
                return None
            self._repl.hold()
            code = f"import sys; sys.path.insert(0, {'/' + said[1][0]!r})"
            self._repl.run(code)
            return self._public()
        except (NoAnswer, RemoteError):
            return None
        finally:
            self._repl.close()

    def _owner(self, public: bytes) -> str | None:
        """The id that this key is registered for."""
        if self.order.registry is None:
            return None
        for device in registry.load(self.order.registry).devices:
            if public in device.public:
                return device.id
        return None

    # The firmware.

    def _prepare(self, tool: Esptool, found: Found, target: bundle.Target) -> None:
        """Take away what ran before: its choices must not steer what runs now."""
        with self._step("erase"):
            spans = [(row.offset, _LFS_HEAD if row.label == "vfs" else row.size)
                     for row in layout.partitions(target.flash_size)
                     if row.label in layout.STALE]  # fmt: skip
            begin, end = spans[0][0], 0
            for at, size in [*spans, (1 << 40, 0)]:
                if end and at != end:
                    tool.erase(begin, end - begin)
                    begin = at
                end = at + size

    def _write(self, tool: Esptool, target: bundle.Target) -> None:
        with tempfile.TemporaryDirectory() as folder:
            parts = []
            for part in target.parts:
                path = Path(folder) / Path(part.name).name
                path.write_bytes(self.kit.files[part.name])
                parts.append((part.at, path))
            with self._step("write"):
                tool.write(parts, self._percent, self._retry)
            with self._step("verify"):
                tool.verify(parts)
        self.record["firmware"] = {
            part.name: hashlib.sha256(self.kit.files[part.name]).hexdigest()
            for part in target.parts
        }

    def _percent(self, percent: int) -> None:
        self.emit("write", "progress", percent=percent)

    def _retry(self, reason: str, how: str) -> None:
        self.record["retries"] += 1
        self.emit("write", "retry", word="retry", reason=reason, how=how)

    def _prove_boot(self, target: bundle.Target, installed: bool) -> None:
        """The right version runs, out of the bytes that were written."""
        name = f"firmware/{target.chip}/micropython.bin"
        try:
            self._repl.enter()
        except NoAnswer as error:
            raise Failure("no-boot", reason=str(error)) from error
        if installed:
            self._repl.hold()
        data = self.kit.files[name]
        version, digest = ast.literal_eval(self._repl.run(_TELL.format(size=len(data))))
        if version != target.micropython or digest != hashlib.sha256(data).hexdigest():
            raise Failure("wrong-version", found=version, wanted=target.micropython)
        self.record["micropython"] = version

    # The agent.

    def _copy(
        self, files: dict[str, bytes], packed: bytes, target: bundle.Target, installed: bool
    ) -> None:
        """Fill the slot that is not confirmed, prove every file, and only then choose it."""
        repl, order = self._repl, self.order
        beside = self.kit.beside(target)
        if not installed:
            # What chooses the slot is written once in a board's life.
            self._put("/slots.mpy", beside["slots.mpy"])
            self._put("/main.py", self.kit.files["main.py"])
        self._put("/install.mpy", beside["install.mpy"])
        if order.wifi:
            repl.put("/network.bin", board_settings.network_file(*order.wifi))
        folder = repl.run("import slots, install; print(install.begin(slots.Slots()))")
        content = {**files, "settings.bin": packed}
        folders = sorted({str(parent) for name in content for parent in Path(name).parents})
        repl.run(f"import os\nfor name in {folders[1:]!r}: os.mkdir({folder!r} + name)")
        for number, (name, data) in enumerate(sorted(content.items())):
            repl.put(folder + name, data)
            self.emit("copy", "progress", percent=100 * number // len(content))
        self._compare({folder + name: data for name, data in content.items()})
        lines = [f"{hashlib.sha256(data).hexdigest()} {len(data)} {name}"
                 for name, data in sorted(content.items())]  # fmt: skip
        manifest = "\n".join([f"pole {self.kit.version} {self._board}", *lines, "end", ""])
        self._put(folder + "manifest", manifest.encode("utf-8"))
        repl.run(f"install.switch(slots.Slots(), {folder[-2]!r}, {order.deadline_hours})")
        repl.run(f"import sys; sys.path.insert(0, {folder[:-1]!r})")
        self._folder = folder
        self.record["slot"] = {"folder": folder, "bytes": sum(map(len, content.values()))}

    def _put(self, name: str, data: bytes) -> None:
        self._repl.put(name, data)
        self._compare({name: data})

    def _compare(self, content: dict[str, bytes]) -> None:
        found = self._repl.hashes(sorted(content))
        for name, data in content.items():
            if found.get(name) != hashlib.sha256(data).hexdigest():
                raise Failure("copy-failed", name=name)

    def _public(self) -> bytes:
        """The board's public key, 65 bytes; the private half is made there and stays there."""
        code = "from board import identity; print(identity.make().hex())"
        return bytes.fromhex(self._repl.run(code, None, 60))

    def _sign(self, message: bytes) -> bytes:
        code = f"from board import identity; print(identity.sign({message!r}).hex())"
        return bytes.fromhex(self._repl.run(code, None, 60))

    def _enrol(self, settings: Settings, public: bytes, mac: str) -> None:
        order, pole_id = self.order, settings.pole_id
        place = settings.place and tuple(part / 10_000_000 for part in settings.place)
        if order.registry is not None:
            device = RegisteredDevice(pole_id, order.name or pole_id, [public], place)
            try:
                enrolment.enrol(order.registry, device, order.reprovision)
            except (ValueError, BadSettings, OSError) as error:
                raise Failure("duplicate", reason=str(error).rstrip("."), id=pole_id) from error
        if order.request_folder is not None:
            order.request_folder.mkdir(parents=True, exist_ok=True)
            path = order.request_folder / pole_id
            request = enrolment.request(pole_id, public, self._sign)
            path.with_suffix(".csr").write_text(request, encoding="ascii")
            text = enrolment.public_file(pole_id, mac, public)
            path.with_suffix(".pub.json").write_text(text, encoding="ascii")

    # The proof.

    def _selftest(self) -> None:
        checks: list[dict[str, str]] = []
        self.record["checks"] = checks

        def line(text: str) -> None:
            parts = text.split(" ", 3)
            if parts[0] == "check" and len(parts) == 4:
                check = dict(zip(("name", "verdict", "text"), parts[1:], strict=True))
                checks.append(check)
                self.emit("selftest", "check", **check)

        code = (
            f"import sys; sys.path.insert(0, {self._folder[:-1]!r})\n"
            f"from board import selftest; selftest.main({self._folder!r})"
        )
        try:
            self._repl.hold()  # with all of its memory
            said = self._repl.run(code, line, 60)
        except RemoteError as error:
            raise Failure("selftest-failed", what=str(error)) from error
        bad = [f"{check['name']}: {check['text']}" for check in checks
               if check["verdict"] == "fail"]  # fmt: skip
        if bad or not said.endswith("check end"):
            raise Failure("selftest-failed", what="; ".join(bad) or "it did not end")

    def _report_in(self) -> None:
        """Start the application, and wait until it says that the platform has acknowledged it."""
        seen: list[str] = []
        self._repl.restart()
        end = time.monotonic() + self.order.ack_s
        while time.monotonic() < end:
            try:
                for text in self._repl.console(end - time.monotonic()):
                    seen = [*seen[-200:], text]
                    if text.startswith("slots: ") and text.endswith("is confirmed"):
                        return
            except NoAnswer:
                self._repl.close()  # a board with USB of its own comes back as another port
                time.sleep(0.2)
        raise Failure("no-ack", seconds=round(self.order.ack_s), reason=_last_word(seen))


def _last_word(seen: list[str]) -> str:
    """What the board complained of last."""
    for text in reversed(seen):
        if text.startswith(("uplink: no", "downlink: ", "radio: not", "slots: back")) or (
            "Error" in text
        ):
            return text.partition(": ")[2]
    return seen[-1] if seen else "it says nothing"
