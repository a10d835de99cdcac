"""A technician's desk at which boards are enrolled as flash.py and ``pole authority`` do it. The
boards' end is played here: what a board keeps lies in a folder that no workstation's end touches.
"""

import contextlib
import io
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agent.cli.main import main
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import LibcryptoSigner, PlainSigner, make_signer
from agent.settings import Settings
from provisioning.authority import tls
from provisioning.bundle import Bundle, Target
from provisioning.flashing import (
    board_code,
    page_again,
    ports,
    proof,
    reports,
    settings,
    single,
    slot_copy,
    tls_files,
)
from provisioning.flashing.batch import Batch
from provisioning.flashing.batch_file import Line
from provisioning.flashing.console import Console
from provisioning.flashing.espressif import Espressif
from provisioning.flashing.job import Job
from provisioning.flashing.order import Order
from provisioning.flashing.repl import Repl
from provisioning.flashing.turns import Place
from provisioning.registry import Registry
from tests.host import authority_case

KIT = Bundle("1.0", "0" * 64, {}, {}, {})
TARGET = Target("esp32", 4 << 20, "xtensawin", "1.25.0", ())


class Board:
    """What a board keeps, in a folder whose name ends in its number."""

    def __init__(self, port: str) -> None:
        self.folder = Path(port)
        self.number = int(port.rpartition("-")[2])
        self.mac = f"24:6f:28:00:00:{self.number:02x}"
        self.signer, self.tls = _keys(self.number)

    @property
    def tls_public(self) -> bytes:
        return tls.point(self.tls.public_key())

    def tls_sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.tls.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def path(self, name: str) -> Path:
        """Of a file beside its slots. name: with its leading "/"."""
        return self.folder / name[1:]

    def put(self, name: str, data: bytes) -> None:
        self.path(name).write_bytes(data)

    def public(self) -> bytes:
        """It makes its key when it is asked first."""
        self.put("/device.key", b"\1")
        return self.signer.public


@cache
def _keys(number: int) -> tuple[LibcryptoSigner | PlainSigner, ec.EllipticCurvePrivateKey]:
    """Those that a board with that number makes: for signing, and for TLS."""
    return (make_signer(1000 + number, Entropy()),
            ec.derive_private_key(1000 + number, ec.SECP256R1()))  # fmt: skip


def play_boards(patch: pytest.MonkeyPatch) -> None:
    """From now on boards are played, by the folder that an order calls their port."""

    def bring(self: Espressif, settings: Settings) -> Target:
        work = self._work
        board = Board(work.order.port)
        work.record |= {"chip": "ESP32", "mac": board.mac}
        work.once(board.mac)
        known = board.public() if board.path("/device.key").exists() else None
        work.stays(known, board.mac, settings.pole_id)
        return TARGET

    def holds(repl: Repl, name: str, data: bytes) -> bool:
        path = Board(repl.port).path(name)
        return path.exists() and path.read_bytes() == data

    patch.setattr(Espressif, "bring", bring)
    patch.setattr(Bundle, "beside", lambda kit, target: {"tls_key.mpy": b"code"})
    patch.setattr(Job, "_copy", lambda job, packed, target: "/a/")
    for module, name, played in (
        (board_code, "use", lambda repl, folder: None),
        (board_code, "public", lambda repl: Board(repl.port).public()),
        (board_code, "sign", lambda repl, message: Board(repl.port).signer.sign(message)),
        (board_code, "tls_public", lambda repl: Board(repl.port).tls_public),
        (board_code, "tls_sign", lambda repl, message: Board(repl.port).tls_sign(message)),
        (board_code, "has", lambda repl, name: Board(repl.port).path(name).exists()),
        (board_code, "remove", lambda repl, name: Board(repl.port).path(name).unlink()),
        (slot_copy, "put", lambda repl, name, data: Board(repl.port).put(name, data)),
        (slot_copy, "holds", holds),
        (page_again, "found", lambda work: None),
        (ports, "found", list),
        (tls_files, "tell_end", lambda repl, emit: ""),
        (proof, "selftest", lambda repl, folder, tell: []),
        (proof, "report_in", lambda repl, seconds, tell: None),
    ):
        patch.setattr(module, name, played)
    compiled = settings.compile_settings
    made: dict[Any, Any] = {}  # it reads one file, and takes its time
    patch.setattr(
        settings, "compile_settings",
        lambda *given: made.get(given) or made.setdefault(given, compiled(*given)),
    )  # fmt: skip


class Desk:
    """folder: everything that is written there, but for what the boards keep beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports = folder / "reports"
        self.registry = folder / "registry.json"
        self.authority, self.password = folder / "jinjiang", folder / "issuing.pass"
        self.certificates, self.secrets = folder / "certificates", folder / "secrets"
        self.requests = folder / "requests"
        self.settings = folder / "pole.toml"

    def set_up(self) -> None:
        """An authority and a registry, and settings that want certificates."""
        self.folder.mkdir(parents=True)
        authority_case.make(self.authority)
        authority_case.passphrase_file(self.password)
        self.certificates.mkdir()
        roots = [(self.authority / name).read_bytes() for name in ("tls-issuing.pem",
                                                                   "tls-root.pem")]  # fmt: skip
        (self.certificates / "ca.pem").write_bytes(b"".join(roots))
        Registry().save(self.registry)
        text = Path("examples/pole.toml").read_text(encoding="utf-8")
        text = text.replace('carrier = "coap" ', 'carrier = "mqtt" ', 1)
        text = text.replace("coap://127.0.0.1:5683", "mqtts://localhost:8883", 1)
        self.settings.write_text(text, encoding="utf-8")

    def board(self, number: int) -> Board:
        folder = self.folder.parent / f"board-{number}"
        folder.mkdir(exist_ok=True)
        return Board(str(folder))

    def flash(self, ids: list[str], at_hand: bool) -> int:
        """flash.py for a batch of boards, numbered from 1 on. at_hand: with the authority, and
        secrets; or by requests."""
        reports.prepare(self.reports)
        papers = {"certificates": self.certificates, "request_folder": self.requests}
        if at_hand:
            papers = {"certificates": self.certificates, "registry": self.registry,
                      "authority": self.authority, "passphrase_file": self.password,
                      "secrets": self.secrets}  # fmt: skip
        lines = [Line(pole_id, port=str(self.board(number).folder))
                 for number, pole_id in enumerate(ids, 1)]  # fmt: skip
        batch = _Bench(lines, [], self.reports, Console("zh", False))
        batch.order = {"settings": self.settings, **papers}
        return batch.parallel(1)

    def certify(self, ids: list[str]) -> int:
        """``pole authority batch``, for the requests of those boards."""
        return self.pole("batch", str(self.delivery(ids)), "--out", str(self.certificates))

    def delivery(self, ids: list[str]) -> Path:
        """The list of those requests."""
        path = self.folder.parent / "delivery.csv"
        rows = [f"{one},{self.requests}/{one}.csr,{self.requests}/{one}.tls.csr" for one in ids]
        path.write_text("\n".join(["serial,csr,tls_csr", *rows, ""]), encoding="ascii")
        return path

    def pole(self, action: str, *more: str) -> int:
        """``pole authority``."""
        secret = ("--passphrase-file", str(self.password))
        return main(["authority", action, str(self.authority), *more, *secret])

    def copy(self, folder: Path) -> "Desk":
        """The same desk elsewhere, boards and all."""
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.copytree(self.folder.parent, folder.parent)
        return Desk(folder)


class _Bench(Batch):
    """A batch whose workers are this process."""

    order: dict[str, Any]

    def _run(self, line: Line, place: Place) -> dict[str, Any]:
        before = {mac: pole_id for pole_id, mac in self.done.passed.items()}
        order = Order(str(line.port), id=line.id, resume=True, not_again=before, **self.order)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            single.do(order, KIT, self._folder, Console("zh", True))
        last: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
        return last
