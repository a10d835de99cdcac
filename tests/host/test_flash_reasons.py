"""Why a board failed, in Chinese: every reason that the code holds, and as it is seen."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import BadSettings
from agent.linux import pole_toml
from provisioning import uf2_image
from provisioning.flashing import uf2_command
from provisioning.flashing.command import main
from provisioning.flashing.console import Console
from provisioning.flashing.reason_texts import ERRNO, REASONS
from provisioning.flashing.reasons import told
from provisioning.flashing.words import USAGE, Failure
from tests.host.micropython import ROOT
from tests.host.test_flash_workstation import SETTINGS, released
from tests.host.test_mistake_words import filled
from tests.host.test_settings import GOOD, write

FLASHING = sorted((ROOT / "provisioning/flashing").glob("*.py"))
CHECKERS = [
    ROOT / "provisioning" / name
    for name in ("signed_zip.py", "bundle.py", "esp_image.py", "registry.py",
                 "authority/folder.py", "authority/key_file.py", "authority/application.py")
]  # fmt: skip
# What flash.py never comes to, or has a sentence of its own for.
ELSEWHERE = ("is not empty", "is left from an attempt", "characters or more", "is no MAC",
             "a release key")  # fmt: skip
_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")


def reasons() -> Iterator[str]:
    """What is said, as the code holds it, with something in its blanks."""
    for path in (*FLASHING, *CHECKERS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from map(filled, _said(node))
    for node in ast.walk(ast.parse((ROOT / "board/selftest.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            text = node.value.elts[-1]
            yield re.sub("%[ds]", "7", filled(text.left if isinstance(text, ast.BinOp) else text))


def _said(call: ast.Call) -> Iterator[ast.expr]:
    yield from (word.value for word in call.keywords if word.arg in ("reason", "what", "how"))
    if isinstance(call.func, ast.Name) and call.func.id in (
        "BadBundle", "BadSettings", "ValueError", "NoAnswer",
    ):  # fmt: skip
        for argument in call.args:
            yield from argument.elts if isinstance(argument, ast.List) else [argument]


def test_every_reason_has_its_chinese() -> None:
    said = {text for text in reasons() if _ENGLISH.search(text)
            and not any(part in text for part in ELSEWHERE)}  # fmt: skip
    assert len(said) > 40
    missing = [text for text in sorted(said) if not _CHINESE.search(told(text, "zh"))]
    # One that was written a moment ago is shown in English: that is no reason to refuse it.
    assert len(missing) < len(said) // 20, missing
    assert all(told(text, "en") == text for text in said)


def test_the_table_keeps_what_is_filled_in() -> None:
    for english, chinese in REASONS:
        places = set(re.findall(r"{(\w+)}", english))
        assert set(re.findall(r"{(\w+)}", chinese)) <= places and _CHINESE.search(chinese)
    assert len(REASONS) == len({english for english, _ in REASONS})
    assert all(_CHINESE.search(text) for text in ERRNO.values())
    assert "{" not in told(uf2_image.BadUf2("page", size=7, page=8).sentence(), "zh")


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("jobs.csv line 3: id 'a/b': expected up to 48 bytes without spaces, '/', '+' or '#'",
         "jobs.csv 第 3 行：编号 'a/b'：应为不超过 48 字节，不含空格、'/'、'+' 和 '#'"),
        ("reports: [Errno 28] No space left on device", "reports：磁盘已满"),
        ("127.0.0.1:5683: [Errno 111] ECONNREFUSED", "127.0.0.1:5683：连接被拒绝"),
        ("firmware/rp2040/micropython.uf2: a part of the file is missing",
         "firmware/rp2040/micropython.uf2：文件缺少一部分"),
        ("the request: it is for 'A', not for 'B'", "证书请求：属于 'A'，而不是 'B'"),
        ("A-1 is revoked: give the device a serial of its own",
         "A-1 已吊销：请给此设备另一个编号"),
        ("device 'A' is registered already", "设备 'A' 已登记"),
        ("sensor/level: NoReply: nothing came: check the power, the wiring and the speed of the "
         "line", "sensor/level：NoReply：没有任何应答：请检查供电、接线和线路的波特率"),
        ("what nobody has translated: at all", "what nobody has translated: at all"),
    ],
)  # fmt: skip
def test_as_people_read_them(english: str, chinese: str) -> None:
    assert told(english, "zh") == chinese


def test_several_reasons_are_told_one_by_one() -> None:
    failed = Failure("selftest-failed", what=["a: nothing heard in 15 s", "b: no answer"])
    assert "a: nothing heard in 15 s; b: no answer" in failed.sentence()
    assert "a：15 秒内没有收到任何数据；b：无应答" in failed.sentence("zh")
    with pytest.raises(BadSettings) as wrong:
        pole_toml.loads("[pole]\nid = 7\n", Path())
    assert len(wrong.value.mistakes) > 1
    said = Failure("bad-settings", reason=wrong.value.mistakes)
    assert "第 2 行：pole.id：应为带引号的文本" in said.sentence("zh")
    assert "line 2: pole.id: expected" in said.sentence()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("carrier =", "carier ="), "第 6 行：uplink.carier：未知；是否指 'carrier'？"),
        (('"10s"', "10s"), "第 20 行：TOML：语句之后应换行"),
        (('id = "CD-JJ-0001"', 'id = "CD JJ"'), "应为不超过 48 字节"),
        (("[uplink]", '[signing]\nalgorithm = "ES256"\n[uplink]'), "板卡用 SM2 签名"),
    ],
)  # fmt: skip
def test_a_run_in_chinese_says_what_is_wrong_with_its_settings_in_chinese(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str],
    said: str,
) -> None:  # fmt: skip
    settings = write(tmp_path, GOOD.replace(*change))
    assert flash(office, tmp_path, "--settings", str(settings)) == USAGE
    seen = capsys.readouterr().out
    assert said in seen and not _ENGLISH.search(seen.replace(str(tmp_path), "")), seen


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--settings", "none.toml"), "none.toml：不存在"),
        (("--batch", "none.csv"), "none.csv：不存在"),
        (("--registry", "none.json"), "none.json：不存在"),
        (("--bundle", "none.pole"), "none.pole：不存在"),
        (("--bundle", "examples/pole.toml"), "文件不完整或已损坏"),
        (("--wifi", "a", "--wifi-password-file", "none"), "none：不存在"),
        (("--authority", "none"), "--authority 需要 --passphrase-file 文件"),
        (("--renew-tls",), "--renew-tls 需要 --certificates 文件夹"),
    ],
)  # fmt: skip
def test_what_it_was_given_is_judged_in_chinese(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, ...],
    said: str,
) -> None:  # fmt: skip
    assert flash(office, tmp_path, *given) > 0
    seen = capsys.readouterr().out
    assert said in seen and not _ENGLISH.search(seen.replace(str(tmp_path), "")), seen


def flash(office: Path, folder: Path, *more: str) -> int:
    """Flash a board on a port that is none, in Chinese; the exit status."""
    registry = folder / "registry.json"
    registry.write_text('{"devices": []}', encoding="ascii")
    return main([
        "--bundle", str(office / "kit.pole"), "--trust", str(released(office, folder)),
        "--settings", str(SETTINGS), "--registry", str(registry), "--port", "loop://",
        "--reports", str(folder / "reports"), "--language", "zh", *more,
    ])  # fmt: skip


def test_a_firmware_that_cannot_be_read_is_told_in_chinese_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [str(tmp_path / "none.uf2"), str(tmp_path), "--language", "zh"]
    assert uf2_command.main(wanted) == uf2_command.FAILED
    assert capsys.readouterr().out.startswith("不存在：请拔下板卡")


def test_a_check_that_failed_says_so_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    check = {"name": "radio", "verdict": "fail",
             "text": "not joined in 20 s: check name, password and antenna"}  # fmt: skip
    Console("zh", False).event("selftest", "check", **check)
    assert "FAIL radio: 20 秒内未能入网：请检查名称、密码和天线" in capsys.readouterr().out
