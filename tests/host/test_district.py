"""``[district]`` in ``pole.toml``: a node with two platforms, each of its own key, over CoAP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning.registry import RegisteredDevice, Registry
from simulators.demo import poles
from simulators.free_port import free_port
from simulators.platform.service import Platform
from tests.host.test_node import SETTINGS, World, until
from tests.host.test_settings import GOOD, KEY

DISTRICT_KEY = 4712
COUNT = "SELECT COUNT(*) FROM readings WHERE channel='level' AND value=2446"
TABLE = '\n[district]\ncarrier = "coap"\nurl = "{url}"\nplatform_key = "{key}"\n'


class TwoPlatforms(World):
    """A node's world with a second platform, which may go and come back."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.district: Platform | None = None
        self.port = free_port()

    def start_district(self) -> str:
        """The second platform; returns its url."""
        key = load_or_create(self.folder / "device.key")
        registry = Registry([RegisteredDevice("CD-JJ-0001", "Jinjiang", [sm2.public_key(key)])])

        async def start() -> None:
            there = ("127.0.0.1", self.port)
            self.district = Platform(registry, DISTRICT_KEY, self.folder / "d.db", there, None)
            await self.district.start()

        self.do(start())
        return f"coap://127.0.0.1:{self.port}"

    def stop_district(self) -> None:
        """It is gone; what it stored stays."""
        if self.district is not None:
            self.do(self.district.stop())
            self.district = None

    def district_rows(self, query: str) -> list[tuple[int, ...]]:
        """What it stored."""
        district = self.district
        assert district is not None

        async def ask() -> list[tuple[int, ...]]:
            return list(district.store.rows(query))

        return list(self.do(ask()))


@pytest.fixture()
def world(tmp_path: Path) -> Iterator[TwoPlatforms]:
    found = TwoPlatforms(tmp_path)
    yield found
    found.stop_district()
    found.close()


def test_both_platforms_get_everything_and_neither_waits(world: TwoPlatforms) -> None:
    assert "[journal]" in SETTINGS
    city = world.start_platform(False)
    url = world.start_district()
    world.uplink = TABLE.format(url=url, key=sm2.public_key(DISTRICT_KEY).hex())
    world.run("coap", city)
    until(lambda: world.rows(COUNT)[0][0] >= 3 and world.district_rows(COUNT)[0][0] >= 3)
    world.stop_district()
    before = world.rows(COUNT)[0][0]
    until(lambda: world.rows(COUNT)[0][0] >= before + 3)
    last = world.rows("SELECT MAX(seq) FROM frames WHERE lane=1")[0][0]
    world.start_district()
    whole = f"SELECT COUNT(*) FROM frames WHERE lane=1 AND seq<={last}"
    until(lambda: world.district_rows(whole) == [(last,)])
    assert world.district_rows("SELECT COUNT(*) FROM incidents") == [(0,)]
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]


def test_a_board_serves_both(world: TwoPlatforms, monkeypatch: pytest.MonkeyPatch) -> None:
    # A second carrier takes more than the smallest board has.
    monkeypatch.setattr(poles, "HEAP", "208K")
    board = poles.DemoBoard(world.folder / "board", "CD-JJ-0001", "Jinjiang", (104.0, 30.5))
    (world.folder / "device.key").write_bytes((board.folder / "device.key").read_bytes())
    (world.folder / "device.key").chmod(0o600)
    city = world.start_platform(False)
    url = world.start_district()
    board.configure("coap", city, sm2.public_key(4711))
    table = TABLE.format(url=url, key=sm2.public_key(DISTRICT_KEY).hex())
    path = board.folder / "pole.toml"
    text = path.read_text(encoding="utf-8").replace('beacon_every = "4s"', 'beacon_every = "1s"')
    path.write_text(text + table, encoding="utf-8")
    (board.folder / "settings.bin").write_bytes(pole_toml.load(path).packed)
    world.do(board.start("power-on"))
    try:
        # No sensor is there; what the board says of itself reaches both.
        frames = "SELECT COUNT(*) FROM frames"
        until(lambda: world.rows(frames)[0][0] >= 6 and world.district_rows(frames)[0][0] >= 6, 240)
    finally:
        world.do(board.kill())
    assert world.district_rows("SELECT COUNT(*) FROM incidents") == [(0,)]


def test_settings_know_the_district(tmp_path: Path) -> None:
    def load(text: str) -> pole_toml.PoleFile:
        (tmp_path / "pole.toml").write_text(text, encoding="utf-8")
        return pole_toml.load(tmp_path / "pole.toml")

    assert load(GOOD).settings.district is None
    table = TABLE.format(url="mqtts://district.example:8883", key=KEY).replace("coap", "mqtt")
    found = load(GOOD + table + 'ca = "district.pem"\n')
    assert found.settings.district is not None
    assert found.settings.district.carrier == "mqtt"
    assert found.settings.district.url == "mqtts://district.example:8883"
    assert found.settings.district.platform_key == bytes.fromhex(KEY)
    assert found.district_tls.ca == tmp_path / "district.pem" and found.tls.ca is None
    with pytest.raises(BadSettings) as wrong:
        load(GOOD + '[district]\ncarrier = "coap"\nseal_every = "5s"\nurl = "mqtt://x"\n')
    said = [f"{mistake.where}: {mistake.text}" for mistake in wrong.value.mistakes]
    assert any("district.seal_every" in text for text in said)
    assert any("district.url" in text for text in said)
    assert any("district.platform_key" in text for text in said)
