"""New settings for a board, by a signed order, under the real MicroPython interpreter: applied at a
restart, on trial, told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import frame, frame_reader
from agent.cli.main import main
from agent.linux import keys, pole_toml
from agent.protocols import cose, sm2
from agent.settings_order import KEPT, ROLLED_BACK, TAKEN
from provisioning.registry import RegisteredDevice, Registry
from simulators.demo import poles
from simulators.demo.poles import DemoBoard
from simulators.platform.service import Platform
from tests.host.test_node import World, until

POLE = "CD-JJ-0001"


class Board(DemoBoard):
    """One whose end can be waited for."""

    def ended(self) -> bool:
        return self._process is None or self._process.returncode is not None


class BoardWorld(World):
    """A board of the demo, and a platform in a folder of its own, as `pole platform` keeps it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.board = Board(folder / "board", POLE, "Jinjiang", (104.0, 30.5))
        self.data = folder / "data"
        self.data.mkdir()
        self.key = keys.load_or_create(self.data / "platform.key")

    def begin(self) -> None:
        device = keys.load_or_create(self.board.folder / "device.key")
        registry = Registry([RegisteredDevice(POLE, "Jinjiang", [sm2.public_key(device)])])

        async def start() -> None:
            self.platform = Platform(
                registry, self.key, self.data / "platform.db", ("127.0.0.1", self.coap)
            )
            await self.platform.start()

        self.do(start())
        self.board.configure("coap", f"coap://127.0.0.1:{self.coap}", sm2.public_key(self.key))
        self.path = self.board.folder / "pole.toml"
        text = self.path.read_text(encoding="utf-8")
        text = text.replace("[uplink]\n", "[uplink]\nremote_settings = true\n")
        self.path.write_text(text, encoding="utf-8")
        packed = pole_toml.load(self.path).packed
        (self.board.folder / "settings.bin").write_bytes(packed)

    def told(self, kind: int) -> list[dict[int, object]]:
        rows = self.rows(f"SELECT data FROM frames WHERE kind={kind} ORDER BY boot, seq")
        return [frame_reader.decode(cose.parse1(row[0]).payload).body for row in rows]


@pytest.fixture()
def world(tmp_path: Path) -> Iterator[BoardWorld]:
    found = BoardWorld(tmp_path)
    yield found
    found.do(found.board.abort())
    found.close()


def test_a_board_takes_settings_and_takes_them_back(
    world: BoardWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Orders and settings take more than the smallest board has.
    monkeypatch.setattr(poles, "HEAP", "216K")
    world.begin()
    world.do(world.board.start("power-on"))
    until(lambda: world.told(frame.STATUS))
    status = world.told(frame.STATUS)[0]
    assert str(status[5]).startswith("micropython")
    new = world.folder / "new.toml"
    old = world.path.read_text(encoding="utf-8")
    new.write_text(old.replace('seal_every = "5s"', 'seal_every = "3s"'), encoding="utf-8")
    assert main(["order", "settings", POLE, str(new), "--platform", str(world.data)]) == 0
    # It ends in order by itself; the firmware starts it again.
    until(lambda: world.board.ended(), 90)
    after = pole_toml.load(new).packed
    assert (world.board.folder / "settings.bin").read_bytes() == after
    world.do(world.board.start("software"))
    until(lambda: [body[1] for body in world.told(frame.CHANGE)] == [TAKEN, KEPT], 90)
    for body in world.told(frame.CHANGE):
        assert (body[2], body[3]) == (status[2], pole_toml.load(new).settings.hash)
        assert (body[5], body[6]) == ("platform", sm2.kid(sm2.public_key(world.key)))
    assert world.told(frame.STATUS)[-1][2] == pole_toml.load(new).settings.hash
    assert not (world.board.folder / "settings.old").exists()
    # A port that the board does not have: it fails, and the next start is as before.
    bad = world.folder / "bad.toml"
    bad.write_text(new.read_text().replace('"uart2"', '"uart9"'), encoding="utf-8")
    assert main(["order", "settings", POLE, str(bad), "--platform", str(world.data)]) == 0
    until(lambda: world.board.ended(), 90)
    world.do(world.board.start("software"))
    until(lambda: world.board.ended())
    world.do(world.board.start("software"))
    until(lambda: ROLLED_BACK in [body[1] for body in world.told(frame.CHANGE)], 90)
    last = world.told(frame.CHANGE)[-1]
    assert "uart9" in str(last[7])
    assert (world.board.folder / "settings.bin").read_bytes() == after
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]
