"""What the system refuses becomes one sentence that says what to do next, in both languages."""

import errno
import os
from pathlib import Path

import pytest

from agent.cli import system_texts
from agent.cli.main import main
from agent.cli.speech import wide

NOTHING = '{"platform": {"public": ""}, "devices": []}'
CASES = (
    # (command, what it says in English, in Chinese)
    ("commission code --out none/page.code", "none/page.code: No such file", "不存在：请检查名称"),
    ("commission practice file --unattended", "file: File exists, and is kept", "file 已存在"),
    ("handover verify none.html --registry registry.json", "check the name", "请检查名称"),
    ("handover verify folder --registry registry.json", "give the name of a file", "请给出文件名"),
    ("handover verify file --registry none.json", "none.json: No such file", "none.json 不存在"),
    ("handover verify noise --registry registry.json", "is no handover sheet", "不是交接单"),
    ("handover verify file --registry noise", "noise is no registry", "noise 不是登记表"),
    ("courier collect none.toml --stick bag", "none.toml: No such file", "none.toml 不存在"),
    ("courier collect none --pole P-1 --stick bag", "check the name", "请检查名称"),
    ("courier return none.toml --stick bag", "check the name", "请检查名称"),
    ("commission board --port file", "pole: the board does not take part", "板卡无法参与：无法"),
    ("install none.pole --trust release.pub", "(No such file or directory): check", "请检查名称"),
    ("install folder --trust release.pub", "(Is a directory): check", "请检查名称"),
    ("install file --trust release.pub", "cut off or damaged. Get it again", "文件不完整或已损坏"),
    ("bundle --show file --trust release.pub", "get it again from", "文件不完整或已损坏；请向"),
    ("bundle --show none --trust release.pub", "check the name", "请检查名称"),
    ("bundle --simulated --key new.key --out folder", "give the name of a file", "请给出文件名"),
    ("bundle --firmware esp32=none --key new.key --out new.pole", "check the name", "none 不存在"),
    ("bundle --firmware esp32=file --key new.key --out new.pole", "does not begin with E9; name",
     "开头不是 E9；请指定"),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "registry.json").write_text(NOTHING)
    (tmp_path / "release.pub").write_text(f"04{'11' * 64}\n")
    return tmp_path


@pytest.mark.parametrize(("words", "english", "chinese"), CASES, ids=[one[0] for one in CASES])
def test_it_says_what_to_do_next(
    words: str, english: str, chinese: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    for language, wanted in (("zh", chinese), ("en", english)):
        assert main([*words.split(), "--lang", language]) == 1
        said = capsys.readouterr().err
        assert wanted in ("" if language == "zh" else " ").join(
            line.strip() for line in said.splitlines()
        )
        assert "Errno" not in said and "Error" not in said
        assert all(wide(line) <= 80 for line in said.splitlines()), said
    # A release key is made, and a folder that was asked for: nothing else.
    made = {path.name for path in folder.iterdir()} - set(before)
    assert made <= {"new.key", "new.pub", "bag"}


@pytest.mark.parametrize("action", ("practice folder", "board --port /dev/null"))
def test_an_address_of_the_page_is_judged_at_once(
    action: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, wanted in (("zh", "应为地址，如"), ("en", "expected an address such as")):
        with pytest.raises(SystemExit):
            main(["commission", *action.split(), "--page", "8080", "--lang", language])
        assert wanted in " ".join(capsys.readouterr().err.split())


def test_a_page_that_cannot_be_served_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # An address that is for documents alone (RFC 5737).
    assert main(["commission", "practice", "pole", "--page", "192.0.2.1:80"]) == 1
    assert "cannot be served at 192.0.2.1:80" in " ".join(capsys.readouterr().err.split())


def test_what_says_more_than_its_number_stays_as_it_is() -> None:
    own = OSError(errno.ENOENT, "tty9 does not exist: is the adapter plugged in?")
    plain = OSError(errno.ENOENT, os.strerror(errno.ENOENT), "pole.toml")
    rare = OSError(errno.ELOOP, os.strerror(errno.ELOOP), "pole.toml")
    assert system_texts.told(own, False) == "tty9 does not exist: is the adapter plugged in?"
    assert system_texts.told(plain, False).startswith("pole.toml: No such file")
    assert system_texts.told(plain, True).startswith("pole.toml 不存在")
    assert system_texts.told(rare, True) == f"pole.toml: {os.strerror(errno.ELOOP)}"


def test_the_table_names_what_the_system_says() -> None:
    for number, (english, chinese) in system_texts.SYSTEM_TEXTS.items():
        assert english.startswith(os.strerror(number)), "whoever searches for it finds it"
        assert english[-1] in ".?" and chinese[-1] == "。"
