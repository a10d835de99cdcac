"""What must hold of a desk wherever a run was cut, and what must be there when it is at its end."""

import csv
import json
from collections import Counter
from pathlib import Path

from agent.protocols import cbor
from provisioning import registry
from provisioning.authority import application, key_file
from provisioning.authority.application import Application
from provisioning.authority.register import SM2, TLS, DeviceRegister
from tests.host.enrolment_bench import Desk

_ENDS = {
    ".pem": b"-----\n", ".csr": b"-----\n", ".crl": b"-----\n", ".key": b"-----\n",
    ".svg": b"</svg>\n", ".html": b"</html>\n", ".png": b"IEND\xaeB`\x82",
}  # fmt: skip
_SECRET = ("secret.json", "oscore.cbor", ".key", ".pass")


def whole(desk: Desk) -> None:
    """Every paper is whole or absent, and true; secrets are nobody else's, and in one place."""
    known = [device.id for device in registry.load(desk.registry).devices]
    for report in _reports(desk):
        if report["verdict"] == "pass" and desk.secrets.exists():  # it was enrolled at this desk
            assert report["id"] in known, "reported, and not enrolled"
    for path in sorted(path for path in desk.folder.rglob("*") if path.is_file()):
        if path.name.removesuffix(".new").endswith(_SECRET):
            assert path.stat().st_mode & 0o077 == 0, f"others may read {path.name}"
        if not _hidden(path, desk):
            _whole(path)
    for place in desk.folder.parent.glob("board-*"):
        mine = _context(place)
        left = [path for path in desk.secrets.glob("*.device") if mine and _context(path) == mine]
        assert not left, f"the context of {place.name} is here, too"


def _whole(path: Path) -> None:
    data = path.read_bytes()
    assert data.endswith(_ENDS.get(path.suffix, b"")), f"{path.name} is cut off"
    if path.suffix == ".json":
        assert json.loads(data), path.name
    if path.suffix == ".cbor":
        assert cbor.decode(data), path.name


def _reports(desk: Desk) -> list[dict[str, str]]:
    return [json.loads(path.read_bytes()) for path in sorted(desk.reports.glob("*.json"))]


def _hidden(path: Path, desk: Desk) -> bool:
    """Whether nobody takes it for what it is not: it is beside, or in a folder that is."""
    return any(part.endswith((".new", ".moving")) for part in path.relative_to(desk.folder).parts)


def _context(place: Path) -> bytes | None:
    path = place / "oscore.cbor"
    return path.read_bytes() if path.exists() else None


def nothing_left(desk: Desk) -> None:
    """No file lies there that was only to be on its way."""
    left = [path.name for path in desk.folder.rglob("*")
            if path.name.endswith((".new", ".moving")) or path.name.startswith(".")]  # fmt: skip
    assert not left, f"left behind: {left}"


def enrolled(desk: Desk, ids: list[str]) -> None:
    """Those boards, from the first on, are in the registry and the register, once each, and have
    their certificates and contexts, once each."""
    boards = {pole_id: desk.board(number) for number, pole_id in enumerate(ids, 1)}
    known = registry.load(desk.registry).devices
    assert {device.id: device.public for device in known} == {
        pole_id: [board.signer.public] for pole_id, board in boards.items()
    }
    certified(desk, ids)
    for pole_id, board in boards.items():
        secret = json.loads((desk.secrets / f"{pole_id}.platform/secret.json").read_text())
        packed = _context(board.folder)
        assert packed and cbor.decode(packed)[1].hex() == secret["secret_hex"], "not its context"
        assert board.path("/tls-cert.der").exists()
    assert {path.name for path in desk.secrets.iterdir()} == {f"{one}.platform" for one in ids}


def certified(desk: Desk, ids: list[str]) -> None:
    """Each of them has one certificate of each kind, which lies in its file."""
    register = DeviceRegister(desk.authority / "register.db")
    try:
        assert [device.serial for device in register.devices()] == ids
        held = register.certificates()
        assert len({one.number for one in held}) == len(held)
        for number, pole_id in enumerate(ids, 1):
            assert [what for _, what, _, _ in register.history(pole_id)] == ["enrolled"], pole_id
            own = {one.kind: one for one in held if one.serial == pole_id}
            assert len(own) == sum(one.serial == pole_id for one in held) == 2, pole_id
            board = desk.board(number)
            assert (own[SM2].public, own[TLS].public) == (board.signer.public, board.tls_public)
            for kind, name in ((SM2, "pem"), (TLS, "tls.pem")):
                data = (desk.certificates / f"{pole_id}.{name}").read_bytes()
                assert key_file.unpem("CERTIFICATE", data) == own[kind].der, pole_id
    finally:
        register.close()


def asked(desk: Desk, ids: list[str]) -> None:
    """Each board's two requests are there, and its public key."""
    for number, pole_id in enumerate(ids, 1):
        board = desk.board(number)
        own, tls = (desk.requests / f"{pole_id}.{name}" for name in ("csr", "tls.csr"))
        keys = application.read(Application(pole_id, own.read_bytes(), None, None, None,
                                            tls.read_bytes()))  # fmt: skip
        assert keys == (board.signer.public, board.tls_public)
        public = json.loads((desk.requests / f"{pole_id}.pub.json").read_text(encoding="ascii"))
        assert public == {"serial": pole_id, "mac": board.mac, "public": keys[0].hex()}


def reported(desk: Desk, ids: list[str], word: str = "") -> None:
    """Each has a report that ends in that word, its label where it passed, its line of the day, and
    its line in the book. All but the last were done before, and not again."""
    for pole_id in ids:
        report = json.loads((desk.reports / f"{pole_id}.json").read_text(encoding="utf-8"))
        assert (report["id"], report["word"]) == (pole_id, word)
        if not word:
            assert f"{pole_id}.svg" in (desk.reports / "labels/labels.html").read_text()
            assert (desk.reports / f"labels/{pole_id}.png").exists()
    rows = _rows_of_the_day(desk)
    assert {row["word"] for row in rows} <= {word, "not-certified"}, rows
    ended = Counter(row["id"] for row in rows if row["word"] == word)
    assert [ended.pop(pole_id) for pole_id in ids[:-1]] == [1] * len(ids[:-1]), "done again"
    assert ended.pop(ids[-1]) in (1, 2) and not ended, "a line for each run that came to its report"
    book = [_entry(text) for text in (desk.reports / "batch.jsonl").read_bytes().split(b"\n")]
    ends = [entry["id"] for entry in book if entry and entry["word"] == (word or "passed")]
    assert set(ends) == set(ids) and (word or len(ends) == len(ids)), "the book"


def _rows_of_the_day(desk: Desk) -> list[dict[str, str]]:
    """Of the day, or of both where it is midnight."""
    rows: list[dict[str, str]] = []
    for path in sorted(desk.reports.glob("*.csv")):
        text = path.read_bytes().decode("utf-8")
        assert text.startswith("\ufefftime,id,") and text.count("\ufeff") == 1
        assert text.endswith("\r\n")
        found = list(csv.DictReader(text[1:].splitlines(), strict=True))
        assert all(None not in row and None not in row.values() for row in found), "half a line"
        rows += found
    return rows


def _entry(text: bytes) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(text)
    except ValueError:
        return {}
    return found
