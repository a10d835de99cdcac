"""The live page in a real headless Chromium."""

import copy
import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulators.platform.web import PageServer

NOW = 1_790_000_000_000
CHROMIUM = shutil.which("chromium")


def channel(**changes: Any) -> dict[str, Any]:
    points = [[NOW - 60_000 + at * 2000, 100 + at] for at in range(10)]
    points += [[NOW - 20_000 + at * 2000, 130 - at] for at in range(10)]
    return {
        "device": "underpass", "channel": "level", "unit": "m", "exponent": -3, "proven": True,
        "every": 2000, "state": "live", "value": 121, "quality": "good", "time": NOW - 2000,
        "points": points, **changes,
    }  # fmt: skip


def pole(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "name": name, "state": "reporting", "last_heard": NOW - 1000,
        "runtime": "cpython 3.11", "carrier": "coap", "software": "0.1.0", "place": None,
        "time_quality": "synced", "channels": [channel()], **changes,
    }  # fmt: skip


def world() -> dict[str, Any]:
    lost = channel(channel="gone", state="unknown", value=None, quality="unknown")
    gas = channel(device="vent", channel="co", unit="ppm", exponent=-2, proven=False, value=None,
                  quality="no reply")  # fmt: skip
    return {
        "now": NOW,
        "counts": {"frames": 9, "readings": 90, "duplicates_dropped": 1, "bad_signatures": 1},
        "poles": [
            pole("CD-JJ-0001", channels=[channel(), lost, gas]),
            pole("CD-XX-0003", state="unknown", last_heard=NOW - 900_000,
                 channels=[channel(state="unknown", value=None)]),
            pole("CD-NN-0004", state="never heard", last_heard=None, channels=[], runtime=None,
                 carrier=None, software=None),
        ],
        "alarms": [],
        "missing": [{"pole": "CD-JJ-0001", "lane": 1, "first": 4, "last": 9, "reason": "evicted",
                     "from": None, "to": None}],
        "refused": [{"time": NOW, "pole": "CD-JJ-0001", "reason": "forged", "digest": "ab12"}],
    }  # fmt: skip


ALARM = {
    "pole": "CD-JJ-0001", "device": "underpass", "channel": "level", "state": "raised",
    "value": 620, "exponent": -3, "unit": "m", "limit": [1, 300], "time": NOW, "committed": NOW,
}  # fmt: skip


class Live:
    """A server whose state a test may change while the page is open."""

    def __init__(self) -> None:
        self.state = world()
        self.born = time.monotonic()
        self.server = PageServer("127.0.0.1", 0, self.now)
        self.server.start()

    def now(self) -> dict[str, Any]:
        return copy.deepcopy(self.state)


@pytest.fixture()
def live() -> Iterator[Live]:
    world = Live()
    yield world
    world.server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing")
        pytest.skip("chromium is missing")
    from playwright.sync_api import sync_playwright

    flags = ("--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run")  # fmt: skip
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=CHROMIUM, args=list(flags))
        yield chromium
        chromium.close()


@pytest.fixture()
def page(browser: Any, live: Live) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(live.server.url)
    page.wait_for_selector(".pole")
    yield page
    context.close()


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("POLE_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_poles_channels_and_exact_values(page: Any) -> None:
    first = page.locator(".pole").first
    assert "0.121 m" in first.inner_text()
    assert "unproven" in first.inner_text() and "no reply" in first.inner_text()
    assert (
        "evicted" in page.locator("#missing").inner_text()
        or "given up" in page.locator("#missing").inner_text()
    )
    assert "forged" in page.locator("#refused").inner_text()
    shot(page, "phone")


def test_a_hole_in_the_data_is_never_bridged(page: Any) -> None:
    assert page.locator(".pole").first.locator("svg").first.locator("polyline").count() == 2


def test_unknown_is_said_and_no_value_shown(page: Any) -> None:
    silent = page.locator(".pole").nth(1)
    assert "unknown" in silent.locator(".state").inner_text()
    assert silent.locator(".value").inner_text() == "unknown"
    assert "last heard 15 min ago" in silent.inner_text()
    assert "0.121" not in silent.locator(".value").inner_text()
    channels = page.locator(".pole").first.locator(".channel")
    assert channels.nth(1).locator(".value").inner_text() == "unknown"
    assert "never heard" in page.locator(".pole").nth(2).inner_text()


def test_an_alarm_comes_and_clears_without_a_reload(page: Any, live: Live) -> None:
    live.state["alarms"] = [ALARM]
    page.wait_for_selector(".alarm.raised")
    text = page.locator(".alarm.raised").inner_text()
    assert "0.620 m" in text and "CD-JJ-0001" in text and "limit 0.300 m" in text
    shot(page, "alarm")
    page.set_viewport_size({"width": 1280, "height": 800})
    shot(page, "desktop")
    live.state["alarms"] = [{**ALARM, "state": "blind", "value": None}]
    page.wait_for_selector(".alarm.blind")
    assert "cannot be read" in page.locator(".alarm.blind").inner_text()
    live.state["alarms"] = [{**ALARM, "state": "cleared", "value": 20}]
    page.wait_for_selector(".alarm.cleared")
    assert page.locator(".alarm.raised").count() == 0


def test_words_of_devices_are_text(page: Any, live: Live) -> None:
    live.state["poles"][0]["name"] = (
        "<script>window.hacked = 1</script><img src=x onerror=hacked()>"
    )
    page.locator(".pole h2", has_text="<script>").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".pole img").count() == 0


def test_nothing_is_asked_of_anybody_else(page: Any, live: Live) -> None:
    page.wait_for_timeout(1500)
    assert len(page.asked) >= 4
    assert all(url.startswith(live.server.url) for url in page.asked), page.asked


def test_a_phone_need_not_scroll_sideways(page: Any, live: Live) -> None:
    live.state["poles"][0]["name"] = "W" * 90
    live.state["alarms"] = [ALARM]
    page.wait_for_selector(".alarm.raised")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_chinese_by_one_switch(page: Any) -> None:
    page.click("#language")
    assert "从未上线" in page.locator(".pole").nth(2).inner_text()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    shot(page, "chinese")
    page.reload()
    page.wait_for_selector(".pole")
    assert "未知" in page.locator(".pole").nth(1).inner_text()


def test_a_platform_that_is_gone_is_said(page: Any, live: Live) -> None:
    live.server.stop()
    page.wait_for_selector("#stale:not([hidden])", timeout=15000)
    assert "does not answer" in page.locator("#stale").inner_text()
    live.server = PageServer("127.0.0.1", 0, live.now)
    live.server.start()


def test_no_pole_yet(browser: Any, live: Live) -> None:
    live.state["poles"] = []
    page = browser.new_page()
    page.goto(live.server.url)
    page.wait_for_selector("#empty:not([hidden])")
    page.close()
