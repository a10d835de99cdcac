"""The page of a real `pole run`, by a phone and by a script, up to the handover sheet."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import frame, frame_reader
from agent.cli.main import main
from agent.errors import BadFrame, BadSignature
from agent.linux.commissioning import proof
from agent.linux.keys import load_or_create
from agent.linux.libcrypto import make_verifier
from agent.linux.trouble_words import TROUBLE_WORDS
from agent.protocols import cose, sm2
from provisioning import label
from provisioning.registry import RegisteredDevice, Registry
from tests.host.chromium import CONTRASTS, chromium, new_page, text
from tests.host.page_pole import CODE, PagePole, until

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
POLE = "CD-JJ-0001"


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[PagePole]:
    found = PagePole(tmp_path)
    yield found
    found.close()


def public(pole: PagePole) -> bytes:
    return sm2.public_key(load_or_create(pole.folder / "device.key"))


def told(pole: PagePole, kind: int) -> list[dict[int, Any]]:
    """The bodies of a kind that the platform has."""
    rows = pole.rows(f"SELECT data FROM frames WHERE kind={kind} ORDER BY seq")
    return [frame_reader.decode(cose.parse1(row[0]).payload).body for row in rows]


@pytest.fixture
def page(pole: PagePole) -> Iterator[Any]:
    """The page on a phone, once the pole reports."""
    pole.serve(pole.start_platform(mqtt=False), "--trust-clock")
    until(lambda: pole.state()["state"] == "reporting")
    with chromium() as browser:
        opened = new_page(browser, viewport=PHONE, locale="en-GB")
        faults: list[str] = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("request", lambda request: faults.extend(_outside(request.url)))
        opened.goto(pole.url)
        opened.wait_for_selector("#main:not([hidden])")
        yield opened
        opened.close()
        assert faults == []


def _outside(url: str) -> list[str]:
    """The page asks nobody but its node."""
    return [] if url.startswith(("http://127.0.0.1:", "data:")) else [url]


def unlock(page: Any) -> None:
    page.fill("[name=code]", CODE.lower())
    page.fill("[name=who]", "李伟")
    page.click("#unlock button")
    page.wait_for_selector("#work:not([hidden])")


def said(page: Any, wanted: str) -> None:
    page.wait_for_selector(f"#said:has-text('{wanted}')")


def test_a_technician_with_a_phone_leaves_with_a_proven_sheet(page: Any, pole: PagePole) -> None:
    assert text(page, "#state") == "Reporting"
    assert "0.050 m" in text(page, "[data-key='underpass/level']")
    assert "Bind the device" in text(page, "#next")
    assert page.locator(".channel button:visible").count() == 0, "read-only without the code"
    page.fill("[name=code]", "WRONG")
    page.fill("[name=who]", "x")
    page.click("#unlock button")
    said(page, "Wrong code")
    unlock(page)
    # Bound by the label of this box, and no other.
    other = label.text(POLE, "aa:bb:cc:dd:ee:ff", sm2.public_key(99))
    page.fill("[name=label]", other)
    page.click("text=Bind >> nth=-1")
    said(page, "another device")
    page.fill("[name=label]", label.text(POLE, "aa:bb:cc:dd:ee:ff", public(pole)))
    page.click("text=Bind >> nth=-1")
    said(page, "Written")
    page.fill("[name=longitude]", "104.0668")
    page.fill("[name=latitude]", "30.5728")
    page.select_option("[name=datum]", "WGS84")
    page.click("text=Write the place")
    until(lambda: page.input_value("[name=longitude]") == "")
    page.select_option("[name=about]", "underpass/level")
    page.fill("[name=text]", "<b>0.05 m by tape</b>")
    page.click("text=Write the note")
    until(lambda: len(told(pole, frame.SITE)) == 3)
    bodies = told(pole, frame.SITE)
    assert [body[1] for body in bodies] == ["binding", "place", "note"]
    assert {body[2] for body in bodies} == {"李伟"} and {body[3] for body in bodies} == {POLE}
    assert bodies[1][4] == [1040668000, 305728000] and bodies[1][5] == "WGS84"
    assert (bodies[2][7], bodies[2][8]) == ("underpass", "level")
    # A drill: real water, the whole way.
    assert "Start a drill of underpass/level" in text(page, "#next")
    page.click(".channel[data-key='underpass/level'] button")
    page.wait_for_selector("#next:has-text('stimulate')")
    until(lambda: told(pole, frame.DRILL))
    pole.level(600)
    page.wait_for_selector("#next:has-text('take the')")
    pole.level(50)
    page.wait_for_selector(".channel .drill:has-text('drill passed')")
    # The drill ends with the all-clear that is sealed: it may be on its way still.
    alarms = until(lambda: told(pole, frame.ALARM_FRAME)[1:] and told(pole, frame.ALARM_FRAME))
    assert [(body[3], body[12]) for body in alarms] == [(frame.RAISED, 1), (frame.CLEARED, 1)]
    until(lambda: len(told(pole, frame.DRILL)) == 2)
    assert told(pole, frame.DRILL)[1][6] == "passed"
    page.wait_for_selector("#next:has-text('All is well')")
    _restart(pole)
    page.goto(pole.url)
    page.wait_for_selector("#main:not([hidden])")
    unlock(page)
    page.wait_for_selector(".channel .drill:has-text('drill passed')")
    page.wait_for_selector("#next:has-text('All is well')")
    _hand_over(page, pole)


def _restart(pole: PagePole) -> None:
    """The agent is killed, and comes back: its journal remembers what was done here."""
    pole.processes[-1].kill()
    pole.processes[-1].wait()
    pole.serve(f"coap://127.0.0.1:{pole.coap}", "--trust-clock")
    seen = until(lambda: pole.state() if pole.state()["written"] else None)
    assert [one["action"] for one in seen["written"]] == ["bind", "place", "note"]
    until(lambda: pole.state()["state"] == "reporting")


def _hand_over(page: Any, pole: PagePole) -> None:
    """The sheet, as the phone shows it; proven, and refused where a letter of it was changed."""
    page.click("#hand-over")
    page.wait_for_url("**/handover.html")
    shown = text(page, "body")
    for part in (f"Handover of pole {POLE}", "Reporting", "李伟", "drill passed", "0.05 m by tape"):
        assert part in shown
    kept = pole.folder / "sheet.html"
    kept.write_bytes(pole.get("handover.html"))
    device = RegisteredDevice(POLE, "Jinjiang", [public(pole)])
    Registry([device]).save(pole.folder / "registry.json")
    command = ["handover", "verify", str(kept), "--registry", str(pole.folder / "registry.json")]
    assert main(command) == 0
    until(lambda: told(pole, frame.HANDOVER))
    assert told(pole, frame.HANDOVER)[0][1] == 0  # reporting
    good = kept.read_text(encoding="utf-8")
    verifier = make_verifier([public(pole)])
    assert proof.verify(good, verifier)["who"] == "李伟"
    with pytest.raises(BadSignature):
        proof.verify(good, make_verifier([sm2.public_key(99)]))
    for before, after in (
        ("0.05 m by tape", "0.06 m by tape"),  # in what is shown, and in the facts
        ("<td>underpass · level</td>", "<td>overpass · level</td>"),  # in what is shown alone
        ('lang="en"', 'lang="zh"'),
        ("</body>", "<p>and all is paid</p></body>"),
        ('id="frame">d2', 'id="frame">d3'),
        ('"state":"reporting"', '"state":"failed"'),
    ):
        assert before in good
        with pytest.raises(BadFrame):
            proof.verify(good.replace(before, after), verifier)
    kept.write_text(good.replace("Reporting", "Perfect"), encoding="utf-8")
    assert main(command) == 1


def test_it_reads_in_the_sun_at_every_size_and_in_chinese(page: Any, pole: PagePole) -> None:
    unlock(page)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        for _ in range(2):
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, size
            low = [part for part in page.evaluate(CONTRASTS) if part[1] < 7]
            assert low == [], "contrast of 7:1 (WCAG 2.2, 1.4.6)"
            page.click("#language")
    small = page.evaluate(
        "[...document.querySelectorAll('button:not([hidden]), input, select')]"
        ".filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 44).length"
    )
    assert small == 0, "a thumb needs 44 px"
    page.click("#language")
    page.wait_for_selector("#state:has-text('上报中')")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "请绑定设备" in text(page, "#next")
    _trouble_in_chinese(page)
    # The node dies: what is shown is called old.
    pole.processes[-1].kill()
    page.wait_for_selector("#lost:not([hidden])")
    assert "旧数据" in text(page, "#lost")
    assert text(page, "#state") == "未知"
    level = text(page, "[data-key='underpass/level']")
    assert "—" in level and "0.050" not in level and "未知" in level


def _trouble_in_chinese(page: Any) -> None:
    """A sensor that does not answer, as the node tells it in English."""

    def failing(route: Any) -> None:
        state = route.fetch().json()
        error = "unit 1 did not answer: check its power and its address, and the speed and mode of "
        state["lines"][0]["devices"][0].update(failures=1, error=error + "the line")
        state["channels"][-1]["channel"] = "relay3"
        route.fulfill(json=state)

    page.route("**/api/state", failing)
    page.wait_for_selector("#lines:has-text('underpass：地址 1 无应答')")
    shown = text(page, "main")
    assert not re.search("[a-z]{2,} [a-z]{2,} [a-z]{2,}", shown), shown
    assert "高于 0.300 m 告警：无告警" in shown and "underpass · 继电器3" in shown
    page.unroute_all(behavior="ignoreErrors")


def test_nothing_is_written_without_the_code(pole: PagePole) -> None:
    pole.serve(pole.start_platform(mqtt=False), "--trust-clock")
    for path in ("api/write", "api/handover", "api/acknowledgements"):
        for token in ("", "x" * 32):
            assert pole.post(path, {"action": "note", "text": "x"}, token)[0] == 401
    assert pole.post("api/session", {"code": CODE, "who": " "})[0] == 400
    assert pole.post("api/session", b"[" * 5000)[0] == 400
    assert pole.post("api/nothing", {})[0] == 404
    token = pole.enter()
    for items, code in (
        ({"action": "shout"}, "refused.request"),
        ({"action": "bind", "label": "HTTP://"}, "refused.label"),
        ({"action": "bind", "label": "POLE:CD-JJ-0002"}, "refused.pole"),
        ({"action": "place", "longitude": "x", "latitude": 1, "datum": "WGS84"}, "refused.place"),
        ({"action": "place", "longitude": 104, "latitude": 30, "datum": "?"}, "refused.place"),
        ({"action": "note", "text": "x" * 201}, "refused.text"),
        ({"action": "note", "text": "x", "device": "no"}, "refused.channel"),
        ({"action": "drill", "device": "underpass", "channel": "level"}, "refused.length"),
        ({"action": "drill", "device": "underpass", "channel": "temperature", "for_ms": 9},
         "refused.no such alarm"),
        ({"action": "time", "utc_ms": 5}, "refused.time"),
        ({"action": "time", "utc_ms": 1_800_000_000_000}, "refused.time known"),
    ):  # fmt: skip
        assert pole.post("api/write", items, token)[1]["code"] == code, items
    for _ in range(4):
        assert pole.post("api/session", {"code": "AAAA-AAAA", "who": "x"})[0] == 401
    for code in ("AAAA-AAAA", CODE):  # then also the right one has to wait
        status, answer = pole.post("api/session", {"code": code, "who": "x"})
        assert status == 429 and answer["wait"] > 20_000
    assert told(pole, frame.SITE) == []


def test_slow_readers_hold_nothing_up(pole: PagePole) -> None:
    """Connections that never ask, more than are served at a time: the agent does not notice."""
    pole.serve(pole.start_platform(mqtt=False), "--trust-clock")
    host, port = pole.url.removeprefix("http://").strip("/").split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(24)]
    count = "SELECT COUNT(*) FROM readings"
    before = until(lambda: pole.rows(count)[0][0])
    until(lambda: pole.rows(count)[0][0] >= before + 6)
    for connection in idle:
        connection.close()

    def served() -> bool:
        try:
            return pole.value() == 50
        except OSError:
            return False  # turned away: the places are just being left

    until(served)


def test_the_phone_gives_the_time_only_where_there_is_none(pole: PagePole) -> None:
    pole.serve("coap://127.0.0.1:1")  # nobody there
    if pole.state()["time"]["quality"] != "unsynced":
        pytest.skip("this machine's own clock is synchronised")
    token = pole.enter()
    utc = time.time_ns() // 1_000_000
    assert pole.post("api/write", {"action": "time", "utc_ms": utc}, token)[0] == 200
    seen = until(lambda: pole.state() if pole.state()["time"]["quality"] == "holdover" else None)
    assert abs(seen["time"]["ms"] - utc) < 60_000
    again = pole.post("api/write", {"action": "time", "utc_ms": utc + 9}, token)
    assert again[1]["code"] == "refused.time known"
    assert seen["state"] == "awaiting acknowledgement"
    assert pole.post("api/handover", {"language": "zh"}, token)[0] == 200
    shown = pole.get("handover.html").decode()
    assert "等待平台确认" in shown and "UTC（守时，或人工授时）" in shown and "<li>授时：" in shown


def test_the_words_are_complete() -> None:
    from agent.linux.commissioning.words import WORDS

    for code, (english, chinese) in WORDS.items():
        assert english and chinese, code
        names = [
            sorted(part.split("}")[0] for part in each.split("{")[1:])
            for each in (english, chinese)
        ]
        # What is amiss is found in English: its Chinese may leave a place out.
        assert names[0] == names[1] or code in TROUBLE_WORDS, code
    assert json.dumps(WORDS)


def test_requests_that_make_no_sense_hurt_nobody(pole: PagePole) -> None:
    pole.serve("coap://127.0.0.1:1", "--trust-clock")
    host, port = pole.url.removeprefix("http://").strip("/").split(":")
    head = b"POST /api/session HTTP/1.1\r\n"
    for data in (
        b"\x00\xff" * 500 + b"\r\n\r\n",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        head + b"\r\n",
        head + b"Content-Length: -1\r\n\r\n",
        head + b"Content-Length: 9999999\r\n\r\n",
        head + b"Content-Length: 4\r\n\r\nnull",
        head + b"Content-Length: 11\r\n\r\n\xff{not json}",
        head + b"Content-Length: 500\r\n\r\n{",
    ):
        with socket.create_connection((host, int(port)), timeout=90) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            reply = b""
            while more := connection.recv(4096):
                reply += more
        assert b" 200 " not in reply.split(b"\r\n")[0] and b"root:" not in reply
    for path in ("api/session", "api/write", "api/handover", "api/acknowledgements"):
        for items in ({}, {"code": 1, "who": 2}, {"action": ["x"]}, {"hex": 5}, {"hex": "zz"}):
            assert pole.post(path, items)[0] in (400, 401)
    token = pole.enter()
    for items in (
        {"action": ["x"]},
        {"action": "note", "text": ["x"]},
        {"action": "note", "text": "x", "device": [1], "channel": {}},
        {"action": "place", "longitude": "nan", "latitude": [], "datum": "WGS84"},
        {"action": "place", "longitude": "inf", "latitude": "1e400", "datum": "WGS84"},
        {"action": "drill", "device": [], "channel": {}, "for_ms": 5},
        {"action": "drill", "for_ms": 1e300},
        {"action": "time", "utc_ms": True},
        {"action": "maintenance", "for_ms": -1},
    ):
        assert pole.post("api/write", items, token)[0] in (400, 409), items
    assert pole.post("api/handover", {"language": ["x"]}, token)[0] == 200
    assert pole.post("api/acknowledgements", {"hex": ""}, token)[0] == 400
    until(lambda: pole.value() == 50)
