"""A first run of flash.py on a board of cut_board.py, cut at every write: what such a board finds
when it starts, and what must be true of it when flash.py has done with it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from agent.protocols import cbor, sm2
from provisioning import registry
from provisioning.authority.register import SM2, TLS, DeviceRegister
from provisioning.flashing import settings as board_settings
from simulators.boards.town import WIFI
from tests.host import micropython
from tests.host.cut_bench import ID, Bench
from tests.host.cut_board import CutBoard, PipeRepl, Write

Found = dict[str, Any]  # a line of cut_look.py


def look(bench: Bench, cells: bytes, writes: list[Write]) -> list[Found]:
    """What a board with those cells finds if each of the writes is cut; and behind them all."""
    image, told = bench.place / "look.image", bench.place / "look.told"
    image.write_bytes(cells)
    told.write_bytes(b"".join(write.packed() for write in writes))
    program = str(micropython.ROOT / "tests" / "host" / "cut_look.py")
    said = micropython.run(program, str(micropython.ROOT), str(image), str(told))
    return [json.loads(line) for line in said.splitlines()]


class Sweep:
    """The first run, whole: ``writes``, and ``found`` for each if it is cut. blank: the flash
    before."""

    def __init__(self, bench: Bench, most: int | None = None) -> None:
        self.bench = bench
        board = bench.board("first")
        self.blank = bytes(board.cells)
        failure = bench.flash(board)
        assert failure is None, failure.sentence()
        self.writes = board.writes[:most]
        *self.found, self.end = look(bench, self.blank, self.writes)

    def cut(self, number: int) -> CutBoard:
        """The board whose power went in the middle of that write, from 0, and its workstation."""
        cells = bytearray(self.blank)
        for write in self.writes[:number]:
            write.do(cells)
        self.writes[number].do(cells, half=True)
        self.bench.lay(self.writes[number].disk)
        return self.bench.board("cut", bytes(cells))

    def whole(self) -> dict[str, str]:
        """What a file beside the slots holds when it is there, by its name."""
        bench = self.bench
        code = bench.kit.beside(bench.target)
        whole = {f"/{name}": _hash(data) for name, data in code.items()}
        whole["/main.py"] = _hash(bench.kit.files["main.py"])
        whole["/network.bin"] = _hash(board_settings.network_file(*WIFI))
        # The rest is this board's own.
        return self.end["files"] | whole

    def half_written(self) -> list[tuple[int, str]]:
        """(write, file) where a cut leaves a file that is not what its name says."""
        whole = self.whole()
        return [
            (number, name)
            for number, found in enumerate(self.found)
            for name, digest in found["files"].items()
            if not name.endswith(UNDER_WAY) and digest != whole.get(name)
            if name != "/slots.state" or not _is_state(found, digest)
        ] + [(number, name) for number, found in enumerate(self.found) for name in found["torn"]]

    def states(self, early: int) -> list[int]:
        """The first write of each state in which a cut leaves a board; one in so many of those that
        flash.py empties before it begins anew: those of a slot that is being copied, and, where
        another sweep has them, all before."""
        first: dict[str, int] = {}
        for number, found in enumerate(self.found):
            first.setdefault(found["image"], number)
        numbers = sorted(first.values())
        rare = [
            number
            for number in numbers
            if self.found[number]["slot"] is None
            if self.bench.guarded or "/network.bin" in self.found[number]["files"]
        ]
        return [number for number in numbers if number not in rare] + rare[::early]


# Names of what nobody takes for whole; the last is the self-test's own.
UNDER_WAY = (".new", "/selftest.tmp")


def _is_state(found: Found, digest: str) -> bool:
    """Whether the state's file says what was made of it."""
    return _hash(found["state"].encode()) == digest


def judge(bench: Bench, board: CutBoard, known: set[bytes]) -> None:
    """A board with which flash.py has done. known: keys that its workstation had enrolled before
    it was cut."""
    (found,) = look(bench, bytes(board.cells), [])
    files = found["files"]
    assert found["slot"] and not found["torn"], found
    assert found["head"] == f"pole {bench.kit.version} {_BOARDS[bench.chip]}", found
    assert found["state"].split(" ")[3] == "1", "it is not confirmed"
    for name, data in bench.kit.beside(bench.target).items():
        assert files.get(f"/{name}", _hash(data)) == _hash(data), name
    assert files["/main.py"] == _hash(bench.kit.files["main.py"])
    assert files["/network.bin"] == _hash(board_settings.network_file(*WIFI))
    (device,) = registry.load(bench.desk / "registry.json").devices
    key = int(_read(board, "/device.key"), 16)
    assert device.id == ID and device.public == [sm2.public_key(key)], "two identities"
    assert known <= set(device.public), "a key that was told is lost"
    if bench.guarded:
        _judge_guarded(bench, board, files, device.public[0])
    board.end()


_BOARDS = {"esp32s3": "esp32s3", "rp2040": "rp2"}


def _judge_guarded(bench: Bench, board: CutBoard, files: dict[str, str], public: bytes) -> None:
    """Its certificates are those of its keys, and the platform has the other end of its secret."""
    register = DeviceRegister(bench.desk / "authority" / "register.db")
    own = {one.kind: one for one in register.certificates(ID)}
    assert len(register.certificates(ID)) == 2 and own[SM2].public == public
    register.close()
    key = int.from_bytes(_read(board, "/tls-key.der")[7:39], "big")
    numbers = ec.derive_private_key(key, ec.SECP256R1()).public_key().public_numbers()
    point = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    assert own[TLS].public == point, "a certificate of another key"
    for name, path in (("/tls-cert.der", f"{ID}.tls.pem"), ("/tls-ca.der", "ca.pem")):
        assert files[name] == _hash(_der(bench.desk / "certificates" / path)), name
    secrets = bench.desk / "secrets"
    assert [path.name for path in secrets.iterdir()] == [f"{ID}.platform"], "two halves of one"
    ids = json.loads((secrets / f"{ID}.platform" / "settings.json").read_text())
    kept = json.loads((secrets / f"{ID}.platform" / "secret.json").read_text())
    parts = (kept["secret_hex"], kept["salt_hex"], ids["recipient-id_hex"], ids["sender-id_hex"])
    context = cbor.encode({n: bytes.fromhex(part) for n, part in enumerate(parts, 1)})
    assert files["/oscore.cbor"] == _hash(context), "another secret than the platform's"


def keys_in(write: Write) -> set[bytes]:
    """The keys that were enrolled when a write was done."""
    document = json.loads(write.disk["registry.json"])
    return {bytes.fromhex(key) for device in document["devices"] for key in device["public"]}


def _read(board: CutBoard, name: str) -> bytes:
    repl = PipeRepl(board)
    repl.enter()
    return bytes.fromhex(repl.run(f"print(open({name!r}, 'rb').read().hex())"))


def _der(path: Path) -> bytes:
    found = x509.load_pem_x509_certificates(path.read_bytes())
    if path.name != "ca.pem":
        found = found[:1]
    return b"".join(one.public_bytes(Encoding.DER) for one in found)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
