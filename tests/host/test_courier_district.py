"""A courier between a pole and its two platforms: each has its own key and its own gaps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.linux import status_door
from agent.linux.stick import Stick
from agent.protocols import sm2
from simulators.free_port import free_port
from tests.host.page_pole import CODE, PagePole, until
from tests.host.test_district import DISTRICT_KEY, TABLE, TwoPlatforms
from tests.host.unwrapped import unwrapped

POLE = "CD-JJ-0001"


class FarPole(PagePole, TwoPlatforms):
    """A pole that reaches neither of its platforms."""

    def start(self) -> None:
        """Run it until it has sealed a few frames."""
        key = sm2.public_key(DISTRICT_KEY).hex()
        self.tables = TABLE.format(url=f"coap://127.0.0.1:{free_port()}", key=key)
        self.serve(f"coap://127.0.0.1:{free_port()}", "--trust-clock")
        until(lambda: self.waiting() >= 4)

    def waiting(self) -> int:
        """Frames that a platform lacks."""
        found = until(lambda: status_door.ask(self.folder / "journal"))
        return sum(lane["waiting"] for lane in found["journal"]["lanes"].values())

    def refused(self) -> int:
        """What the page counts as refused."""
        return int(self.state()["uplink"]["refused"])


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[FarPole]:
    found = FarPole(tmp_path)
    yield found
    found.stop_district()
    found.close()


def run(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.mark.parametrize("by", ["page", "files"])
def test_both_platforms_get_all_and_each_gives_its_own_word(
    pole: FarPole, tmp_path: Path, by: str
) -> None:
    pole.start()
    source = pole.url if by == "page" else pole.folder / "pole.toml"
    code = ("--code", CODE) if by == "page" else ()
    bag, later = tmp_path / "bag", tmp_path / "later"
    assert run("courier", "collect", source, "--stick", bag) == 0
    taken = set(Stick(bag).frames(POLE)[:-1])

    # What the city alone has is still there for the district.
    city = pole.start_platform(mqtt=False)
    assert run("courier", "deliver", "--stick", bag, "--to", city) == 0
    made = pole.waiting()
    assert run("courier", "return", source, "--stick", bag, *code) == 0
    assert pole.waiting() >= made
    assert run("courier", "collect", source, "--stick", later) == 0
    assert taken <= set(Stick(later).frames(POLE))

    # The same stick to the district: its word counts for it, and then they are let go of.
    district = pole.start_district()
    assert run("courier", "deliver", "--stick", bag, "--to", district) == 0
    assert run("courier", "return", source, "--stick", bag, *code) == 0
    assert pole.refused() == 0
    # The agent lets go of them at once; the files tell it when the next sector is begun.
    assert run("courier", "collect", pole.url, "--stick", tmp_path / "last") == 0
    assert not taken & set(Stick(tmp_path / "last").frames(POLE))
    for rows in (pole.rows, pole.district_rows):
        assert rows("SELECT COUNT(*) FROM incidents") == [(0,)]
        assert rows("SELECT COUNT(*) FROM frames")[0][0] >= len(taken)


def test_a_node_is_not_retired_while_one_platform_lacks_something(
    pole: FarPole, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pole.start()
    bag = tmp_path / "bag"
    assert run("courier", "collect", pole.url, "--stick", bag) == 0
    made = len(Stick(bag).frames(POLE)) - 1  # the last are the holdings
    city = pole.start_platform(mqtt=False)
    assert run("courier", "deliver", "--stick", bag, "--to", city) == 0
    assert run("courier", "return", pole.url, "--stick", bag, "--code", CODE) == 0
    pole.processes[-1].terminate()
    assert pole.processes[-1].wait(90) == 0
    capsys.readouterr()
    assert run("retire", pole.folder / "pole.toml", "--serial", "PB-1", "--yes") == 1
    count, _, said = unwrapped(capsys.readouterr().err).removeprefix("pole: ").partition(" ")
    assert said.startswith("frames were not delivered yet") and int(count) >= made
