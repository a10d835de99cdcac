"""Drills on the platform: shown as such, and no danger; only while they are on."""

from collections.abc import Iterator
from typing import Any

import pytest

from agent import frame
from agent.reading import ALARM
from tests.host.chromium import chromium, new_page, text
from tests.host.page_state import START, PageState, alarm, city
from tests.host.test_ingest import NOW, Door

FOR_MS = 600_000


@pytest.fixture()
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    door = Door(monkeypatch)
    body = {1: 1, 2: "Li Wei", 3: "well", 4: "level", 5: FOR_MS}
    door.send(door.seal(ALARM, 1, {frame.KIND: frame.DRILL, frame.BODY: body}))
    return door


def ring(door: Door, seq: int, channel: str = "level", **marks: Any) -> dict[str, Any]:
    """An alarm comes; the first that the page would show."""
    body = {1: "well", 2: channel, 3: frame.RAISED, 4: 600, 5: -3, 6: "m", 7: 0, 8: [1, 300],
            9: bytes(8), **({12: 1} if marks.get("test") else {})}  # fmt: skip
    door.send(door.seal(ALARM, seq, {frame.KIND: frame.ALARM_FRAME, frame.BODY: body}))
    return dict(door.view.state(door.now)["alarms"][0])


def test_a_marked_alarm_in_a_drill_is_a_test(door: Door) -> None:
    assert door.view.state(NOW)["poles"][0]["drill"] == {
        "who": "Li Wei", "device": "well", "channel": "level", "until": NOW + FOR_MS,
    }  # fmt: skip
    assert ring(door, 2, test=True)["test"] is True


def test_what_is_not_marked_or_of_another_channel_is_none_and_stands_first(door: Door) -> None:
    ring(door, 2, test=True)
    assert ring(door, 3, "distance")["test"] is False
    first, second = door.view.state(NOW)["alarms"]
    assert (first["channel"], first["test"], second["test"]) == ("distance", False, True)
    assert ring(door, 4, "distance", test=True)["test"] is False


def test_no_mark_outlives_its_drill(door: Door) -> None:
    ring(door, 2, test=True)
    door.now += FOR_MS
    assert door.view.state(door.now)["alarms"][0]["test"] is False
    door.now = NOW
    body = {1: 0, 2: "Li Wei", 3: "well", 4: "level", 5: 0, 6: "ended", 7: [None, None, None]}
    door.send(door.seal(ALARM, 3, {frame.KIND: frame.DRILL, frame.BODY: body}))
    assert door.view.state(NOW)["alarms"][0]["test"] is False
    assert door.view.state(NOW)["poles"][0]["drill"] is None


def test_a_drill_without_its_channel_is_kept_undecoded(door: Door) -> None:
    body = {1: 1, 2: "Li Wei", 5: FOR_MS}
    door.send(door.seal(ALARM, 2, {frame.KIND: frame.DRILL, frame.BODY: body}))
    assert door.store.rows("SELECT COUNT(*) FROM frames WHERE decoded=0") == [(1,)]
    assert door.view.state(NOW)["poles"][0]["drill"] is not None


@pytest.fixture
def live() -> Iterator[PageState]:
    served = PageState(city())
    yield served
    served.server.stop()


def test_the_page_calls_it_a_drill_and_counts_no_danger(live: PageState) -> None:
    with chromium() as browser:
        page = new_page(browser, viewport={"width": 390, "height": 844}, locale="en-GB")
        page.goto(live.server.url)
        page.wait_for_selector("#main:not([hidden])")
        drill = {"who": "Li Wei", "device": "underpass", "channel": "level", "until": START + 9}
        live.change_pole(0, drill=drill)
        live.change(alarms=[alarm(test=True)])
        page.wait_for_selector(".alarm[data-state='test']:has-text('Drill, no danger')")
        page.wait_for_selector(".caution:has-text('drill of underpass level')")
        assert "No active alarm" in text(page, "#calm") and page.title()[0] != "("
        live.change(alarms=[alarm()])
        page.wait_for_selector(".alarm[data-state='raised']")
        assert page.title().startswith("(1)")
