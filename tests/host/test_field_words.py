"""What the field commands say: whole sentences in both languages, and mistakes without a trace."""

import socket
import threading
from pathlib import Path

import pytest

from agent import drill
from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.main import main
from agent.linux.commissioning import code
from tests.host.unwrapped import unwrapped


def test_the_table_is_complete() -> None:
    for name, (english, chinese) in FIELD_TEXTS.items():
        places = [
            sorted(part.split("}")[0] for part in text.split("{")[1:])
            for text in (english, chinese)
        ]
        assert places[0] == places[1], name
        assert any("一" <= letter <= "鿿" for letter in chinese), name
    assert {drill.UNKNOWN, drill.ACTIVE, drill.BUSY} <= FIELD_TEXTS.keys()


@pytest.mark.parametrize("language,begin", [("en", "code for the label"), ("zh", "箱内标签")])
def test_a_code_is_made_once(
    language: str, begin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.code"
    command = ["commission", "code", "--out", str(out), "--lang", language]
    assert main(command) == 0
    said = capsys.readouterr().out
    made = said.splitlines()[0].split()[-1].rpartition("：")[2]
    assert said.startswith(begin) and code.matches(made, out.read_text())
    assert main(command) == 1, "an old code is not overwritten"
    told = capsys.readouterr().err
    wanted = {"en": "move it away first", "zh": "请先将其移走，或用 --out"}[language]
    assert wanted in unwrapped(told)
    assert code.matches(made, out.read_text()) and "File exists" not in told


def test_a_stick_without_answers_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["courier", "collect", "http://127.0.0.1:1", "--stick", str(tmp_path)]) == 1
    assert "does not answer" in unwrapped(capsys.readouterr().err)
    deliver = ["courier", "deliver", "--stick", str(tmp_path), "--to", "coap://127.0.0.1:1"]
    assert main([*deliver, "--lang", "zh"]) == 1
    assert "没有数据帧" in unwrapped(capsys.readouterr().err)


def test_an_address_that_is_no_page_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door = socket.create_server(("127.0.0.1", 0))

    def speak_otherwise() -> None:
        caller, _ = door.accept()
        caller.recv(1000)
        caller.sendall(b"SSH-2.0-other\r\n")
        caller.close()

    threading.Thread(target=speak_otherwise, daemon=True).start()
    other = f"http://127.0.0.1:{door.getsockname()[1]}"
    for url, said in ((other, "no page of a pole"), ("http://127.0.0.1:abc", "no address"),
                      ("http://127.0.0.1:1", "(Connection refused)")):  # fmt: skip
        assert main(["courier", "collect", url, "--stick", str(tmp_path)]) == 1
        told = unwrapped(capsys.readouterr().err)
        assert said in told and "join the network of the box" in told, told
        assert "NoPage" not in told and "Errno" not in told
    door.close()


def test_what_is_no_platform_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "CD-1.frames").write_bytes(b"")
    deliver = ["courier", "deliver", "--stick", str(tmp_path), "--to"]
    assert main([*deliver, "http://127.0.0.1:1"]) == 1
    assert "expected one of coap://" in unwrapped(capsys.readouterr().err)


def test_what_is_no_sheet_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry = tmp_path / "registry.json"
    registry.write_text('{"platform": {"public": ""}, "devices": []}')
    page = tmp_path / "x.html"
    page.write_text("<html>")
    assert main(["handover", "verify", str(page), "--registry", str(registry)]) == 1
    assert "no handover sheet" in unwrapped(capsys.readouterr().err)
