"""The tool's words, its reports, labels and books: what needs no board."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.linux.entropy import Entropy
from agent.protocols import sm2
from agent.protocols.signers import SoftSigner
from provisioning import enrolment, registry
from provisioning.authority import certificates
from provisioning.flashing import offline, reports
from provisioning.flashing.batch import Batch
from provisioning.flashing.batch_file import Line, read
from provisioning.flashing.console import Console
from provisioning.flashing.done import Done
from provisioning.flashing.turns import Place
from provisioning.flashing.words import LANGUAGES, WORDS, Failure, say
from provisioning.registry import RegisteredDevice, Registry
from tests.host import bench_boards

PUBLIC = sm2.public_key(4711)
MAC = "24:58:7c:00:00:01"


def failures() -> list[str]:
    return [word for word, (text, _) in WORDS.items() if text.endswith(".") and text[0].isupper()
            and word not in ("plug-next", "plug-into", "remove")]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_there_in_both_languages(word: str) -> None:
    english, chinese = WORDS[word]
    assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese))
    assert re.search(r"[\u4e00-\u9fff]", chinese) and not re.search(r"[\u4e00-\u9fff]", english)


def test_every_failure_says_what_to_do_next() -> None:
    assert len(failures()) > 20
    for word in failures():
        if word == "offline":
            continue
        assert ";" in WORDS[word][0] or "," in WORDS[word][0], word
        assert WORDS[word][1].endswith("。") and "\uff1b" in WORDS[word][1], word
    assert Failure("no-port").status == 3 and Failure("verify-failed").status == 5
    assert say("found", "zh", chip="x", description="y", flash_mb=8, mac=MAC).count("8") == 2


def test_every_failure_that_is_raised_is_in_the_table() -> None:
    folder = Path(__file__).resolve().parents[2] / "provisioning" / "flashing"
    raised = {word for path in folder.glob("*.py")
              for word in re.findall(r'Failure\(\s*"([\w-]+)"', path.read_text())}  # fmt: skip
    assert raised <= set(WORDS) and set(failures()) <= raised
    assert LANGUAGES == ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_says_in_a_clause_what_is_wrong(language: str) -> None:
    for word in failures():
        places = re.findall(r"{(\w+)}", WORDS[word][0])
        failure = Failure(word, **dict.fromkeys(places, "write"))
        wrong, sentence = failure.wrong(language), failure.sentence(language)
        assert sentence.startswith(wrong) and not wrong.endswith((".", "。")), word
        assert word == "offline" or len(wrong) + 4 < len(sentence), word


def test_reports_are_whole_and_have_a_line_of_the_day(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    for number in (1, 2):
        record = {"id": f"P-{number}", "port": "x", "mac": MAC, "verdict": "pass", "word": "",
                  "sentence": "", "steps": [], "retries": 0}  # fmt: skip
        path = reports.write(tmp_path, record, now)
    assert json.loads(path.read_text(encoding="utf-8"))["tools"]["python"]
    with open(tmp_path / "2026-11-21.csv", encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["P-1", "P-2"]


def test_a_label_carries_id_mac_and_key(tmp_path: Path) -> None:
    bench_boards.need("segno")
    from provisioning import label

    assert label.text("CD-1", MAC, PUBLIC) == f"POLE:CD-1/24587C000001/{PUBLIC.hex().upper()}"
    png, svg, sheet = label.write(tmp_path, "CD-JJ-0001", MAC, PUBLIC)
    label.write(tmp_path, "CD-JJ-0002", MAC, PUBLIC)
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    text = svg.read_text(encoding="utf-8")
    assert "CD-JJ-0001" in text and MAC in text and sm2.kid(PUBLIC).hex() in text
    assert sheet.read_text(encoding="utf-8").count("<img") == 2


def test_of_boards_at_once_the_sheet_misses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench_boards.need("segno")
    from provisioning import label

    sheet, first, last = label._SHEET, threading.Event(), threading.Event()

    class Slow:
        """The first sheet is worked out, and written only after the second board's, if it can."""

        def format(self, labels: str) -> str:
            if not first.is_set():
                first.set()
                last.wait(0.5)
            return sheet.format(labels=labels)

    monkeypatch.setattr(label, "_SHEET", Slow())
    one = threading.Thread(target=label.write, args=(tmp_path, "P-1", MAC, PUBLIC))
    one.start()
    assert first.wait(30)
    paths = label.write(tmp_path, "P-2", MAC, PUBLIC)
    last.set()
    one.join()
    assert paths[2].read_text(encoding="utf-8").count("<img") == 2


def test_a_board_is_enrolled_once_and_never_twice_with_another_key(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    Registry().save(path)
    device = RegisteredDevice("P-1", "one", [PUBLIC], (104.0, 30.5))
    assert enrolment.enrol(path, device)
    assert not enrolment.enrol(path, device)
    other = RegisteredDevice("P-1", "one", [sm2.public_key(4712)])
    with pytest.raises(ValueError, match="registered already"):
        enrolment.enrol(path, other)
    with pytest.raises(ValueError, match="another device"):
        enrolment.enrol(path, RegisteredDevice("P-2", "two", [PUBLIC]))
    assert enrolment.enrol(path, other, replace=True)
    assert registry.load(path).keys() == other.public


def test_a_request_is_what_the_authority_reads() -> None:
    signer = SoftSigner(4711, Entropy())
    pem = enrolment.request("P-1", PUBLIC, signer.sign)
    import base64

    body = base64.b64decode("".join(pem.splitlines()[1:-1]))
    name, public = certificates.read_request(body)
    assert public == PUBLIC and "P-1" in name.rfc4514_string()


def test_a_batch_is_read_and_every_mistake_named(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(
        "\ufeffid,name,longitude,latitude\nA,alpha,104.1,30.5\nB,,,\n", encoding="utf-8"
    )
    assert read(path) == [Line("A", "alpha", (104.1, 30.5)), Line("B")]
    for text, said in (("id,nam\nA,x\n", "nam"), ("id\nA\nA\n", "again"),
                       ("id,name\n,x\n", "line 2"),
                       ("id,longitude,latitude\nA,1,\n", "no place")):  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Failure) as failed:
            read(path)
        assert said in failed.value.sentence()


def test_what_was_done_outlives_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    done = Done(path)
    done.add({"id": "A", "mac": "1", "state": "pass"})
    done.add({"id": "B", "mac": "2", "state": "fail"})
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"id": "C", "mac": "3", "sta')  # the power went
    again = Done(path)
    assert again.passed == {"A": "1"}
    again.add({"id": "D", "mac": "4", "state": "pass"})
    assert Done(path).passed == {"A": "1", "D": "4"}


class Scripted(Batch):
    """A batch whose boards do as they are told."""

    verdicts: dict[str, str] = {}

    def _run(self, line: Line, place: Place) -> dict[str, str]:
        word = self.verdicts.get(line.id, "")
        return {"state": "fail" if word else "pass", "mac": line.id, "word": word,
                "sentence": word, "wrong": word}  # fmt: skip


@pytest.mark.parametrize(("language", "said"), [
    ("en", '(the last one: "The board does not answer on /dev/ttyUSB7")'),
    ("zh", "（最后一块：“/dev/ttyUSB7 上的板卡无应答”）"),
])  # fmt: skip
def test_three_equal_failures_are_told_in_the_words_of_the_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    class Silent(Batch):
        def _run(self, line: Line, place: Place) -> dict[str, Any]:
            return Failure("silent", port="/dev/ttyUSB7").end(language, line.id, "?")

    lines = [Line(str(number), port="p") for number in range(4)]
    assert Silent(lines, [], tmp_path, Console(language, False)).parallel(1) == 7
    stopped = capsys.readouterr().out.splitlines()[-2]
    assert said in stopped and "silent" not in stopped


def test_three_equal_failures_stop_a_batch(tmp_path: Path) -> None:
    lines = [Line(str(number), port="p") for number in range(8)]
    batch = Scripted(lines, [], tmp_path, Console("en", False))
    batch.verdicts = {"1": "silent", "2": "lost", "3": "silent", "4": "silent", "5": "silent"}
    assert batch.parallel(1) == 7
    assert batch.stopped is not None and [line.id for line in batch.left()] == list("1234567")


def test_boards_that_wait_for_the_authority_do_not_stop_a_batch(tmp_path: Path) -> None:
    lines = [Line(str(number), port="p") for number in range(8)]
    batch = Scripted(lines, [], tmp_path, Console("en", False))
    batch.verdicts = dict.fromkeys("0123", "not-certified") | dict.fromkeys("4567", "not-enrolled")
    assert batch.parallel(1) == 7
    assert batch.stopped is None and len(batch.ended) == 8


def test_by_hand_boards_are_plugged_and_pulled_one_after_another(tmp_path: Path) -> None:
    seen: list[str] = []
    there: list[set[str]] = [set(), {"p1"}, {"p1"}, set(), set(), {"p2"}, set()]

    class Hand(Scripted):
        def _run(self, line: Line, place: Place) -> dict[str, str]:
            seen.append(f"{line.id} on {place.name}")
            return super()._run(line, place)

    batch = Hand([Line("A"), Line("B")], [], tmp_path, Console("zh", False))
    assert batch.by_hand(lambda: there.pop(0)) == 0
    assert seen == ["A on p1", "B on p2"] and not there
    assert not Done(tmp_path / "batch.jsonl").passed.keys() - {"A", "B"}


def test_offline_forbids_the_network_and_allows_the_machine_itself() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    code = (
        "import socket\nfrom provisioning.flashing import offline\n"
        "from provisioning.flashing.words import Failure\noffline.forbid()\n"
        f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]})).close()\n"
        "socket.gethostbyname('localhost')\n"
        "datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for reach in (lambda: socket.create_connection(('192.0.2.1', 80), 1),\n"
        "              lambda: socket.create_connection(('pole.example', 80), 1),\n"
        "              lambda: socket.gethostbyname('pole.example'),\n"
        "              lambda: datagram.sendto(b'', ('192.0.2.1', 53)),\n"
        "              lambda: datagram.sendmsg([b''], [], 0, ('192.0.2.1', 53))):\n"
        "    try: reach()\n"
        "    except Failure as error: print(error.sentence())\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": "."}).stdout  # fmt: skip
    server.close()
    assert said.count("--offline forbids it") == 5


@pytest.mark.parametrize("port", ["rfc2217://192.0.2.1:4000", "socket://bench.example:4000"])
def test_offline_forbids_a_port_of_another_machine(port: str) -> None:
    with pytest.raises(Failure) as failed:
        offline.check(port)
    assert failed.value.word == "offline"
    for local in ("", "/dev/ttyUSB0", "COM3", "socket://127.0.0.1:4000", "hwgrep://0403:6001"):
        offline.check(local)
    words = ["--identify", "--offline", "--port", port, "--language", "en"]
    done = subprocess.run([sys.executable, "flash.py", *words], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 1 and "--offline forbids it" in done.stdout
