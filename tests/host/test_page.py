"""The live page in a real headless Chromium, on a hand-made state that changes while it is open."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.host import page_state
from tests.host.chromium import CONTRASTS, chromium, new_page, text
from tests.host.page_state import START, PageState, alarm, channel, city, pole

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
REPORTING, SILENT, NEVER = ".pole >> nth=0", ".pole >> nth=1", ".pole >> nth=2"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def live() -> Iterator[PageState]:
    served = PageState(city())
    yield served
    served.server.stop()


@pytest.fixture
def page(browser: Any, live: PageState) -> Iterator[Any]:
    """The page on a phone; page.asked holds what it asked for."""
    opened = new_page(browser, viewport=PHONE, locale="en-GB")
    faults: list[str] = []
    opened.asked = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(live.server.url)
    opened.wait_for_selector("#main:not([hidden])")
    yield opened
    opened.close()
    assert faults == []


def shown(page: Any, which: str, inside: str = REPORTING) -> str:
    return text(page, f"{inside} >> .channel[data-key='{which}']")


def test_poles_with_exact_values_units_and_quality(page: Any) -> None:
    head = text(page, REPORTING)
    for part in ("Renmin South Underpass", "CD-JJ-0001", "reporting", "cpython 3.11.2", "CoAP"):
        assert part in head
    assert "0.121 m" in shown(page, "underpass/level")
    assert "good" in shown(page, "underpass/level")
    assert "−0.5 ppm" in shown(page, "chamber/co")
    assert "out of range" in shown(page, "chamber/co")
    assert "°C" in shown(page, "underpass/temperature")
    assert "14 µg/m³" in shown(page, "air/pm25") and "PM2.5" in shown(page, "air/pm25")
    no_reply = shown(page, "vent/co")
    assert "unproven" in no_reply and "no reply" in no_reply and "—" in no_reply
    assert page.locator(".badge:visible").count() == 1
    assert "clock not synchronised" in text(page, SILENT)
    assert "1 of 3" in text(page, "#summary")


def test_a_value_is_scaled_by_moving_digits(page: Any, live: PageState) -> None:
    cases = [(5, -3, "0.005"), (-7, -1, "−0.7"), (0, -2, "0.00"), (12, 2, "1200"), (0, 3, "0"),
             (9007199254740991, -9, "9007199.254740991"), (-120, 0, "−120")]  # fmt: skip
    channels = [
        channel("d", f"c{at}", "X", exponent, 0, 0, value=value)
        for at, (value, exponent, _) in enumerate(cases)
    ]
    live.change(poles=[pole("P", "P", channels)])
    page.wait_for_selector("[data-key='d/c6']")
    for at, (_, _, wanted) in enumerate(cases):
        assert text(page, f"[data-key='d/c{at}'] .value") == f"{wanted} X"


def test_plots_leave_holes_open(page: Any) -> None:
    def plot(which: str, part: str) -> Any:
        return page.locator(f"{REPORTING} >> .channel[data-key='{which}'] {part}")

    assert plot("underpass/level", "polyline").count() == 1
    assert plot("underpass/level", ".dot").count() == 1
    assert plot("underpass/level", ".hole").get_attribute("d") == ""
    assert plot("chamber/co", "polyline").count() == 3  # a long silence, and a run of nulls
    assert plot("chamber/co", ".hole").get_attribute("d").count("M") == 2
    assert text(page, "[data-key='underpass/level'] .range") == "0.166 0.070"


def test_one_hole_makes_two_lines(page: Any, live: PageState) -> None:
    points = [[START - at * 2000, 5] for at in (20, 19, 18, 14, 13, 12)]
    live.change(poles=[pole("P", "P", [channel("d", "c", "m", 0, 0, 0, points=points)])])
    page.wait_for_selector("[data-key='d/c'] polyline:nth-child(2)", state="attached")
    assert page.locator("[data-key='d/c'] polyline").count() == 2
    points.insert(3, [START - 16 * 2000, 6])  # what arrives late closes it: 4 s are no hole
    live.change(poles=[pole("P", "P", [channel("d", "c", "m", 0, 0, 0, points=points)])])
    page.wait_for_selector("[data-key='d/c'] polyline:nth-child(2)", state="detached")


def test_silence_is_unknown_and_has_no_value(page: Any, live: PageState) -> None:
    stubborn = channel("d", "c", "m", -3, 777, 0)  # the last value comes along: not to be shown
    live.change_pole(1, channels=[stubborn])
    page.wait_for_selector("[data-key='d/c']")
    for which, inside in (("d/c", SILENT), ("air/pm10", REPORTING)):
        assert text(page, f"{inside} >> [data-key='{which}'] .value") == "unknown"
    assert "last heard" in shown(page, "air/pm10") and "10 min ago" in shown(page, "air/pm10")
    assert text(page, f"{SILENT} >> .state") == "unknown"
    assert "last heard" in text(page, f"{SILENT} >> .heard")
    colors = [
        page.locator(f"{inside} >> .state").evaluate("it => getComputedStyle(it).color")
        for inside in (REPORTING, SILENT, NEVER)
    ]
    assert colors[0] != colors[1] == colors[2]
    assert text(page, "#calm") == "No active alarm is known of. Unknown poles: 2."


def test_a_pole_never_heard_is_listed(page: Any) -> None:
    assert "Depot" in text(page, NEVER) and "CD-NN-0004" in text(page, NEVER)
    assert text(page, f"{NEVER} >> .state") == "unknown: never heard"
    assert page.locator(f"{NEVER} >> .value").count() == 0


def test_a_pole_without_a_name_is_called_by_its_id_once(page: Any, live: PageState) -> None:
    assert page.locator(f"{REPORTING} >> .id").is_visible()
    for name in ("", "CD-JJ-0001"):
        live.change_pole(0, name=name)
        page.wait_for_selector(f"{REPORTING} >> .id", state="hidden")
        assert text(page, f"{REPORTING} >> h3") == "CD-JJ-0001"
        live.change_pole(0, name="Renmin South Underpass")
        page.wait_for_selector(f"{REPORTING} >> .id", state="visible")


def test_a_channel_that_reports_changes_only_tells_both_ages(page: Any, live: PageState) -> None:
    quiet = channel("well", "level", "m", -3, 100, 5, time=START - 600_000, looked=START - 4000)
    live.change_pole(0, channels=[quiet])
    page.wait_for_selector(".channel .note:has-text('10 min ago, unchanged')")


def test_maintenance_is_told_with_who_why_and_until_when(page: Any, live: PageState) -> None:
    assert "maintenance" not in text(page, ".facts")
    live.change_pole(
        0, maintenance={"who": "Li Wei", "why": "new cable", "until": START + 3600_000}
    )
    live.change(alarms=[alarm("muted", beneath="raised", value=342)])
    page.wait_for_selector(".caution:has-text('Li Wei, new cable')")
    page.wait_for_selector(".alarm:has-text('Muted by maintenance: alarm')")


def test_relays_tell_what_was_read_back(page: Any, live: PageState) -> None:
    relay = {"device": "relays", "relay": "relay1", "wanted": 1, "found": 1, "cause": "alarm",
             "by": "underpass/level", "error": ""}  # fmt: skip
    live.change_pole(0, relays=[relay])
    page.wait_for_selector(".fact:not(.caution):has-text('relays relay1: on (alarm underpass')")
    live.change_pole(0, relays=[{**relay, "found": 0}])
    page.wait_for_selector(".caution:has-text('relays relay1: off, but should be on')")
    live.change_pole(0, relays=[{**relay, "found": None, "error": "no reply"}])
    page.wait_for_selector(".caution:has-text('not readable, but should be on')")
    live.change_pole(0, relays=[{**relay, "wanted": None, "cause": "hand", "by": "keys/contact1"}])
    page.wait_for_selector(".caution:has-text('relay1: on (in hand: keys/contact1)')")


def test_what_a_pole_leaves_out_is_told(page: Any, live: PageState) -> None:
    assert "cannot keep up" not in text(page, ".facts")
    spent = "the data budget of the day is spent"
    live.change_pole(0, behind=[["rs485", 17]], rationed=spent)
    page.wait_for_selector(".caution:has-text('line rs485 cannot keep up: 17 read-outs')")
    page.wait_for_selector(f".caution:has-text('{spent}: alarms alone are sent')")


def test_an_overdue_calibration_is_told(page: Any, live: PageState) -> None:
    assert "overdue" not in text(page, ".facts")
    live.change_pole(0, overdue=[["chamber", "co"]])
    page.wait_for_selector(".caution:has-text('calibration overdue: chamber CO')")


def test_an_alarm_comes_changes_and_goes_without_reload(page: Any, live: PageState) -> None:
    page.evaluate("window.same = true")
    live.change(alarms=[alarm()])
    page.wait_for_selector(".alarm[data-state=raised]")
    raised = text(page, ".alarm")
    for part in ("Alarm", "0.342 m", "Renmin South", "underpass level", "above 0.300 m", "s ago"):
        assert part in raised
    assert "0.342 m" in page.locator("[role=alert]").inner_text().replace("\xa0", " ")
    assert page.title().startswith("(1)")
    assert not page.locator("#calm").is_visible()
    live.change(alarms=[alarm("blind", value=342)])
    page.wait_for_selector(".alarm[data-state=blind]")
    assert "Blind: the sensor cannot be read" in text(page, ".alarm")
    assert "0.342" not in text(page, ".alarm")
    live.change(alarms=[alarm("blind", beneath="raised")])
    page.wait_for_selector(".alarm:has-text('Alarm, and blind now')")
    live.change(alarms=[alarm("cleared", value=20)])
    page.wait_for_selector(".alarm", state="detached")
    assert page.locator("#calm").is_visible()
    assert page.evaluate("window.same") is True


def test_what_is_missing_and_what_failed(page: Any, live: PageState) -> None:
    assert "evicted" in text(page, "#missing .row")
    assert "telemetry frames 412 to 431 (20)" in text(page, "#missing .row")
    assert "before frame 87" in text(page, "#missing .row >> nth=1")
    assert "does not verify" in text(page, "#refused") and "5f5f" in text(page, "#refused")
    assert "bad signatures 1" in text(page, "#counts")


def test_markup_from_devices_is_text(page: Any, live: PageState) -> None:
    evil = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    live.change_pole(0, name=evil, runtime=evil, channels=[channel(evil, evil, evil, 0, 1, 0)])
    refused = {"time": START, "pole": None, "kind": "frame", "reason": evil, "digest": evil}
    live.change(refused=[refused], alarms=[alarm(device=evil, unit=evil)])
    page.wait_for_selector(".alarm")
    assert text(page, ".pole h3") == evil
    assert evil in text(page, "#refused")
    assert page.locator("img").count() == 0 and page.locator("body script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_nothing_is_asked_of_any_other_host(page: Any, live: PageState) -> None:
    with page.expect_response("**/api/state"):
        pass
    assert len(page.asked) > 8
    assert [url for url in page.asked if not url.startswith(live.server.url)] == []


def test_no_scrolling_sideways(page: Any, live: PageState) -> None:
    long = "W" * 80
    live.change(alarms=[alarm(), alarm("blind", device=long)])
    live.change_pole(0, name=long, software=long)
    live.change_pole(1, channels=[channel(long, long, "ug/m3", -9, 123456789, 0)])
    page.wait_for_selector(".alarm")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_contrast_is_enough(page: Any, live: PageState) -> None:
    live.change(alarms=[alarm(), alarm("blind", device="b"), alarm("muted", device="m")])
    page.wait_for_selector(".alarm")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 50
        assert [pair for pair in contrasts if pair[1] < 4.5] == [], scheme


def test_the_keyboard_reaches_everything(page: Any, live: PageState) -> None:
    live.change(alarms=[alarm()])
    page.wait_for_selector(".alarm a")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "language"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.alarm') !== null")
    live.change(alarms=[alarm("blind", device="b"), alarm()])  # one more comes above it
    page.wait_for_selector(".alarm[data-state=blind]")
    assert page.evaluate("document.activeElement.closest('.alarm') !== null"), "focus was lost"
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector(':target').dataset.key") == page_state.UNDERPASS


def test_nodes_are_used_again(page: Any, live: PageState) -> None:
    page.evaluate("document.querySelectorAll('.pole, .channel').forEach((it) => { it.kept = 1; })")
    live.change(poles=list(reversed(live.state["poles"])))
    page.wait_for_selector(".pole:nth-child(1)[data-state='never heard']")
    assert page.evaluate("[...document.querySelectorAll('.pole, .channel')].every((it) => it.kept)")


def test_chinese_by_the_switch_and_remembered(page: Any) -> None:
    page.click("#language")
    for _ in range(2):
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        assert "未知：从未收到" in text(page, NEVER) and "水位" in text(page, REPORTING)
        assert "缺失的数据" in text(page, "#missing-title")
        assert "签名不符" in text(page, "#refused")
        assert not re.search("[a-z]{2,} [a-z]{2,} [a-z]{2,}", text(page, "body"))
        page.reload()
        page.wait_for_selector(".pole")


def test_chinese_by_the_browser(browser: Any, live: PageState) -> None:
    page = new_page(browser, locale="zh-CN")
    page.goto(live.server.url)
    page.wait_for_selector(".pole")
    assert "感知平台" in page.title() and text(page, "#language") == "English"
    page.close()


def test_a_platform_that_is_gone_is_said(page: Any, live: PageState) -> None:
    value = page.locator(f"{REPORTING} >> .value").first
    before = value.evaluate("it => getComputedStyle(it).color")
    assert not page.locator("#stale").is_visible()
    live.server.stop()
    page.wait_for_selector("#stale:not([hidden])")
    assert "has not been reached for" in text(page, "#stale")
    assert value.evaluate("it => getComputedStyle(it).color") != before


def test_a_platform_that_stands_still_is_said(page: Any, live: PageState) -> None:
    live.change(now=START)
    page.wait_for_selector("#stale:not([hidden])")


def test_nothing_at_all_yet(page: Any, live: PageState) -> None:
    live.change(poles=[], missing=[], refused=[])
    page.wait_for_selector("#empty:not([hidden])")
    assert "No pole is registered yet" in text(page, "#empty")
    assert page.locator("#complete").is_visible() and page.locator("#genuine").is_visible()
    assert not page.locator("#calm").is_visible() and page.locator(".row").count() == 0
