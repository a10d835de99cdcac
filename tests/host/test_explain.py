"""``pole explain``: an emergency officer's "why did it not come" gets an answer, or *unknown*."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent import frame
from agent.cli.explain import _lines
from agent.cli.main import main
from agent.cli.speech import wide
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer, make_verifier
from agent.protocols import cose, sm2
from agent.reading import ALARM, NO_REPLY, QUALITY_NAMES, SYNCED, TELEMETRY
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.explain import Explainer, Step, number
from simulators.platform.explain_words import EXPLAIN_WORDS
from simulators.platform.ingest import Ingest
from simulators.platform.store import Store

POLE, CHANNEL = "CD-JJ-0001", "CD-JJ-0001/underpass/level"
EPOCH, NOW, MINUTE = 77, 1_790_000_000_000, 60_000
KEY, PLATFORM = 4711, 815
SCHEMA = {1: MINUTE, 2: MINUTE, 3: [["underpass", "dyp-ultrasonic", 1]],
          4: [[0, "level", "m", -3, 1]]}  # fmt: skip


class City:
    """A platform with one pole; frames arrive two seconds after they were made."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.registry = Registry([RegisteredDevice(POLE, "PB-1", [sm2.public_key(KEY)])])
        self.store = Store(path)
        self.now = NOW
        self.device = make_signer(KEY, Entropy())
        self.ingest = Ingest(
            self.store, self.registry, make_verifier(self.registry.keys()),
            make_signer(PLATFORM, Entropy()), lambda: self.now,
        )  # fmt: skip
        self.seq = 0
        self.send(TELEMETRY, {frame.KIND: frame.SCHEMA_FRAME, frame.BODY: SCHEMA}, NOW)

    def send(
        self, lane: int, fields: dict[int, Any], time: int, boot: int = 1, lost: bool = False,
        at: int | None = None,
    ) -> None:  # fmt: skip
        """Seal a frame (at a time, or when it begins), and let it arrive unless it is lost."""
        if lane == TELEMETRY:
            self.seq += 1
        seq = self.seq if lane == TELEMETRY else time
        payload = frame.payload(EPOCH, lane, seq, boot, time, SYNCED, fields)
        self.now = max(time, at or 0) + 2000
        if not lost:
            self.ingest.receive(POLE, cose.sign1(payload, self.device), "mqtt", True)

    def rows(self, minutes: range, lost: bool = False, quality: int = 0, boot: int = 1) -> None:
        buffer = frame.RowBuffer(frame.schema_id(SCHEMA), 1)
        for minute in minutes:
            buffer.add(NOW + minute * MINUTE, [None if quality else 2000 + minute], [quality])
        time = NOW + minutes[0] * MINUTE
        last = NOW + minutes[-1] * MINUTE
        self.send(TELEMETRY, buffer.fields(len(minutes)), time, lost=lost, boot=boot, at=last)

    def steps(self, first: int, last: int) -> list[Step]:
        explainer = Explainer(self.store, self.registry)
        return explainer.explain(CHANNEL, NOW + first * MINUTE, NOW + last * MINUTE)


def test_a_reading_is_followed_from_sample_to_commit() -> None:
    city = City()
    city.rows(range(6))
    (step,) = city.steps(0, 5)
    assert (step.what, step.text, step.proof) == ("reading", "6 readings", "genuine")
    assert step.frame == "telemetry 2 of epoch 0000004d"
    assert step.kid == sm2.kid(sm2.public_key(KEY)).hex()
    assert (step.carrier, step.committed) == ("mqtt", NOW + 5 * MINUTE + 2000)
    assert step.values[0] == (NOW, 2000, -3, "m", "good")


def test_an_alarm_has_its_limit_and_its_proof() -> None:
    city = City()
    city.rows(range(6))
    body = {1: "underpass", 2: "level", 3: 1, 4: 620, 5: -3, 6: "m", 7: 0, 8: [1, 300], 9: b"\1"}
    city.send(ALARM, {frame.KIND: frame.ALARM_FRAME, frame.BODY: body}, NOW + 90_000)
    step = next(step for step in city.steps(0, 5) if step.what == "alarm")
    assert step.text == "raised, judged by: above 0.300 m"
    assert step.proof == "genuine"
    assert step.committed == NOW + 92_000


def test_a_drill_is_told_from_a_danger() -> None:
    city = City()
    city.rows(range(6))
    body = {1: "underpass", 2: "level", 3: 1, 4: 620, 5: -3, 6: "m", 7: 0, 8: [1, 300], 9: b"\1"}
    city.send(ALARM, {frame.KIND: frame.ALARM_FRAME, frame.BODY: {**body, 12: 1}}, NOW + 90_000)
    step = next(step for step in city.steps(0, 5) if step.what == "alarm")
    assert step.text == "raised, judged by: above 0.300 m, in a drill: no danger"


def test_a_sensor_that_did_not_reply_is_no_hole() -> None:
    city = City()
    city.rows(range(3))
    city.rows(range(3, 6), quality=NO_REPLY)
    first, second = city.steps(0, 5)
    assert second.values[0][1] is None
    assert second.values[0][4] == "no reply"
    assert first.what == second.what == "reading"


def test_a_lost_frame_is_missing_and_asked_for() -> None:
    city = City()
    city.rows(range(3))
    city.rows(range(3, 6), lost=True)
    city.rows(range(6, 9))
    before, hole, after = city.steps(0, 8)
    assert (before.what, after.what) == ("reading", "reading")
    assert (hole.what, hole.text) == ("missing", "frames 3 to 3 have not come, and are asked for")
    assert hole.begin == NOW + 3 * MINUTE
    assert hole.end == NOW + 5 * MINUTE


def test_what_the_device_says_it_lost_has_its_reason() -> None:
    city = City()
    time = {1: 1, 2: 0, 3: NOW, 4: 20, 5: "test"}
    city.send(TELEMETRY, {frame.KIND: frame.TIME_RECORD, frame.BODY: time}, NOW)
    city.rows(range(3))
    city.rows(range(3, 6), lost=True)
    body = {1: 4, 2: 4, 3: "evicted", 4: [1, 3 * MINUTE], 5: [1, 5 * MINUTE]}
    city.send(TELEMETRY, {frame.KIND: frame.GAP, frame.BODY: body}, NOW + 6 * MINUTE)
    city.rows(range(6, 9))
    hole = city.steps(0, 8)[1]
    assert (hole.what, hole.text) == ("missing", "lost on the device: evicted")
    assert hole.proof == "its gap record for frames 4 to 4"


def test_a_power_cut_is_told_from_the_boot_record() -> None:
    city = City()
    city.rows(range(3))
    body = {1: "power-on", 2: [[0, 0, None, None], [1, 2, NOW + 2 * MINUTE, SYNCED],
                               [2, 0, None, None]]}  # fmt: skip
    city.send(TELEMETRY, {frame.KIND: frame.BOOT_RECORD, frame.BODY: body}, NOW + 9 * MINUTE, 2)
    city.rows(range(10, 12), boot=2)
    told = [(step.what, step.text) for step in city.steps(0, 11)]
    assert ("missing", "never sealed: the device went down in between") in told


def test_what_nobody_recorded_is_unknown() -> None:
    city = City()
    city.rows(range(3))
    city.rows(range(20, 22))
    hole = city.steps(0, 21)[1]
    assert (hole.what, hole.text) == ("unknown", "nothing came, and no record says why")


def test_bytes_that_were_changed_in_the_store_are_no_proof() -> None:
    city = City()
    city.rows(range(3))
    ((data,),) = city.store.rows("SELECT data FROM frames WHERE seq=2")
    city.store.db.execute(
        "UPDATE frames SET data=? WHERE seq=2", (data[:-1] + bytes((data[-1] ^ 1,)),)
    )
    (step,) = city.steps(0, 2)
    assert "does not fit" in step.proof


@pytest.mark.parametrize(
    ("value", "exponent", "text"),
    [(2446, -3, "2.446"), (-5, -2, "-0.05"), (7, 2, "700"), (0, -1, "0.0")],
)
def test_values_are_plain_decimals(value: int, exponent: int, text: str) -> None:
    assert number(value, exponent) == text


def test_what_has_no_value_has_no_unit_either() -> None:
    values = [(NOW, 21, -1, "Cel", "good"), (NOW, None, -1, "Cel", "no reply")]
    step = Step("reading", NOW, NOW, "2 readings", "frame", committed=NOW, values=values)
    lines = list(_lines(step))
    assert [line[38:] for line in lines[1:3]] == ["2.1 Cel good", "no value: no reply"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "platform").mkdir()
    city = City(tmp_path / "platform" / "platform.db")
    city.rows(range(20))
    city.store.close()
    city.registry.save(tmp_path / "registry.json")
    common = ["--data", str(tmp_path / "platform"), "--registry", str(tmp_path / "registry.json")]
    span = ["--from", "2026-09-21 14:13", "--to", "2026-09-21 14:32"]
    assert main(["explain", CHANNEL, *span, *common]) == 0
    said = capsys.readouterr().out
    assert "2.000 m good" in said and "genuine" in said and "... 13 more" in said
    assert max(len(line) for line in said.splitlines()) <= 80
    assert main(["explain", CHANNEL, *common]) == 1
    assert "unknown" in capsys.readouterr().out, "nothing in the last hour"
    assert main(["explain", CHANNEL, *span, "--json", *common]) == 0
    assert '"what": "reading"' in capsys.readouterr().out
    assert main(["explain", "x/y/z", *common]) == 1
    assert CHANNEL in capsys.readouterr().err


def test_every_word_is_there_in_both_languages() -> None:
    for code, (english, chinese) in EXPLAIN_WORDS.items():
        if code not in ("forged", "foreign"):
            assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese)), (
                code
            )
        assert not re.search("[\u4e00-\u9fff]", english), code
    names = {f"quality.{name}" for name in QUALITY_NAMES.values()}
    assert names | {f"state.{name}" for name in frame.ALARM_STATES} <= EXPLAIN_WORDS.keys()


def test_in_chinese_nothing_is_told_in_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every kind of step: readings, an alarm in a drill, a lost frame, a power cut, nothing known,
    and a frame that was changed."""
    (tmp_path / "platform").mkdir()
    city = City(tmp_path / "platform" / "platform.db")
    time = {1: 1, 2: 0, 3: NOW, 4: 20, 5: "test"}
    city.send(TELEMETRY, {frame.KIND: frame.TIME_RECORD, frame.BODY: time}, NOW)
    city.rows(range(8))
    city.rows(range(8, 10), lost=True)
    city.rows(range(10, 12), quality=NO_REPLY)
    gap = {1: 4, 2: 4, 3: "evicted", 4: [1, 8 * MINUTE], 5: [1, 8 * MINUTE + 1]}
    city.send(TELEMETRY, {frame.KIND: frame.GAP, frame.BODY: gap}, NOW + 12 * MINUTE)
    city.rows(range(14, 15), lost=True)
    city.rows(range(17, 18))
    ends = {1: "power-on", 2: [[1, 9, NOW + 17 * MINUTE, SYNCED]]}
    city.send(TELEMETRY, {frame.KIND: frame.BOOT_RECORD, frame.BODY: ends}, NOW + 19 * MINUTE, 2)
    city.rows(range(20, 22), boot=2)
    city.rows(range(40, 41), boot=2)
    body = {1: "underpass", 2: "level", 3: 1, 4: 620, 5: -3, 6: "m", 7: 0, 8: [1, 300], 9: b"\1"}
    city.send(ALARM, {frame.KIND: frame.ALARM_FRAME, frame.BODY: {**body, 12: 1}}, NOW + 90_000)
    ((data,),) = city.store.rows("SELECT data FROM frames WHERE kind=0 ORDER BY seq DESC LIMIT 1")
    city.store.db.execute(
        "UPDATE frames SET data=? WHERE data=?", (data[:-1] + bytes((data[-1] ^ 1,)), data)
    )
    city.store.close()
    city.registry.save(tmp_path / "registry.json")
    common = ["--data", str(tmp_path / "platform"), "--registry", str(tmp_path / "registry.json")]
    span = ["--from", "2026-09-21 14:13", "--to", "2026-09-21 14:55"]
    assert main(["explain", CHANNEL, *span, *common, "--lang", "zh"]) == 1
    told = capsys.readouterr().out
    for said in ("读数：8 个", "另有 2 个", "无数值：无应答", "高于 0.300 m，演练：无危险", "真实",
                 "被覆盖", "已请求重发", "从未封装", "没有记录说明原因", "签名不符"):  # fmt: skip
        assert said.replace(" ", "") in "".join(told.split()), (said, told)
    kid = sm2.kid(sm2.public_key(KEY)).hex()
    words = set(re.findall("[A-Za-z]+", told.replace(kid, "").replace(f"{EPOCH:08x}", "")))
    assert words == {"m", "mqtt"}, words
    assert all(wide(line) <= 80 for line in told.splitlines())
    assert main(["explain", "x/y/z", *common, "--lang", "zh"]) == 1
    assert "从未收到 x/y/z" in capsys.readouterr().err
    assert main(["explain", CHANNEL, *common, "--lang", "zh", "--json", *span]) == 1
    assert '"genuine"' in capsys.readouterr().out, "what a script reads stays as it is"
