"""A handover sheet proves itself in whatever words, and no letter of it can be changed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import frame
from agent.cli.main import main
from agent.errors import BadFrame, BadSignature
from agent.linux.commissioning import proof, sheet
from agent.linux.commissioning.words import WORDS, Wording
from agent.linux.libcrypto import LibcryptoSigner, make_verifier
from agent.ports import Signer
from agent.protocols import cose, sm2
from provisioning.registry import RegisteredDevice, Registry, Stay
from tests.host.micropython import ROOT

# Made by earlier versions, with every quality, drill and entry; named by the time of the version.
FORMER = ROOT / "tests" / "vectors" / "handover"
POLE = "CD-JJ-0001"
KEY, OTHER = 77, 78
DEVICE, NEIGHBOUR = LibcryptoSigner(KEY), LibcryptoSigner(OTHER)
TRUSTED = make_verifier([sm2.public_key(KEY), sm2.public_key(OTHER)])
LANGUAGES = pytest.mark.parametrize("language", ("en", "zh"))


def former(name: str) -> str:
    return (FORMER / f"{name}.html").read_text(encoding="utf-8")


def facts() -> dict[str, Any]:
    found = re.search(r'id="facts">(.*?)</script>', former("2142-zh"))
    assert found is not None
    return dict(json.loads(found[1]))


def made(found: dict[str, Any], language: str, signer: Signer = DEVICE) -> str:
    """A sheet as a device makes it."""
    return sheet.render(found, signed(sheet.handover(found, language), signer), Wording(language))


def signed(body: dict[int, Any], signer: Signer = DEVICE) -> bytes:
    fields = {frame.KIND: frame.HANDOVER, frame.BODY: body}
    return cose.sign1(frame.payload(1, 0, 8, 1, 1_795_000_000_000, 0, fields), signer)


def refused(text: str, why: str) -> None:
    with pytest.raises(BadFrame) as error:
        proof.verify(text, TRUSTED)
    assert str(error.value) == why


@LANGUAGES
def test_other_words_later_take_nothing_from_it(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = made(facts(), language)
    for code, (english, chinese) in WORDS.items():
        monkeypatch.setitem(WORDS, code, (f"[{english}]", f"（{chinese}）"))
    assert made(facts(), language) != text, "it would be made in other words now"
    assert proof.verify(text, TRUSTED) == facts()


@pytest.mark.parametrize("name", ("1145-en", "1145-zh", "2051-zh", "2135-zh", "2142-en", "2142-zh"))
def test_a_former_sheet_is_proven_in_its_own_words(name: str) -> None:
    text = former(name)
    assert proof.verify(text, TRUSTED)["who"] == "李伟"
    refused(text.replace("0.050", "0.060"), proof.UNKNOWN_TEXT)
    refused(text.replace("412", "411", 1), proof.UNKNOWN_TEXT)
    refused(text.replace('"value":50', '"value":60'), proof.OTHER_FACTS)


@pytest.mark.parametrize("name", ("1123-en", "1123-zh"))
def test_of_the_first_layout_it_is_said_what_is_lacking(name: str) -> None:
    refused(former(name), proof.UNKNOWN_TEXT)


SHEETS = {name: former(name) for name in ("1145-en", "2142-zh")} | {
    f"new-{language}": made(facts(), language) for language in ("en", "zh")
}
REASONS = {proof.NO_SHEET, proof.OTHER_FACTS, proof.OTHER_TEXT, proof.UNKNOWN_TEXT}


@given(
    st.sampled_from(sorted(SHEETS)),
    st.integers(0, 8000),
    st.sampled_from(list("0123456789abcdef\"'<>{} .,-李通")),
    st.integers(0, 2),
)
@settings(max_examples=400)
def test_no_letter_can_be_changed_left_out_or_added(
    name: str, at: int, letter: str, taken: int
) -> None:
    text = SHEETS[name]
    at %= len(text)
    other = text[:at] + letter + text[at + taken :]
    if other == text:
        return
    with pytest.raises((BadFrame, BadSignature)) as error:
        proof.verify(other, TRUSTED)
    assert isinstance(error.value, BadSignature) or str(error.value) in REASONS


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_no_digit_can_be_changed(name: str) -> None:
    """Of the values, times and places that it shows, of its facts and of the signed frame."""
    text = SHEETS[name]
    places = [found.start() for found in re.finditer("[0-9]", text)]
    assert len(places) > 700
    for at in places:
        digit = str((int(text[at]) + 1) % 10)
        with pytest.raises((BadFrame, BadSignature)):
            proof.verify(text[:at] + digit + text[at + 1 :], TRUSTED)


FORGERIES: dict[str, object] = {
    "state": "reporting", "pole": "CD-JJ-0002", "who": "Li Wei", "place": "", "software": "0.9.1",
    "time": {"ms": 1_795_000_001_000, "quality": "synced"}, "acknowledged": 4320, "channels": [],
    "written": [], "journal": [], "settings": "00", "runtime": "", "device": NEIGHBOUR.kid.hex(),
}  # fmt: skip


@LANGUAGES
@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_each_fact_is_signed(name: str, language: str) -> None:
    """Also where a forger changes what is shown along with it."""
    assert FORGERIES.keys() == facts().keys()
    found = facts()
    for body in (sheet.handover(found, language), {1: 2, 2: "李伟", 3: sheet.digest(found)}):
        data = signed(body)
        assert proof.verify(sheet.render(found, data, Wording(language)), TRUSTED) == found
        forged = {**found, name: FORGERIES[name]}
        refused(sheet.render(forged, data, Wording(language)), proof.OTHER_FACTS)


def test_what_is_shown_is_signed_with_its_language() -> None:
    found = facts()
    data = signed(sheet.handover(found, "en"))
    refused(sheet.render(found, data, Wording("zh")), proof.OTHER_TEXT)


def test_a_neighbour_signs_no_sheet_of_this_device() -> None:
    refused(made(facts(), "en", NEIGHBOUR), proof.OTHER_FACTS)
    with pytest.raises(BadSignature):
        proof.verify(made(facts(), "en", LibcryptoSigner(79)), TRUSTED)


def test_another_frame_of_the_device_is_no_handover() -> None:
    found = facts()
    for fields in (
        {frame.KIND: frame.DRILL, frame.BODY: {1: 0, 5: 1}},
        {frame.KIND: frame.HANDOVER, frame.BODY: 5},
        {frame.KIND: frame.HANDOVER},
    ):
        data = cose.sign1(frame.payload(1, 0, 8, 1, 1_795_000_000_000, 0, fields), DEVICE)
        refused(sheet.render(found, data, Wording("en")), proof.NO_SHEET)
    refused(sheet.render(found, b"\xd2", Wording("en")), proof.NO_SHEET)


@pytest.mark.parametrize("inside", ("[" * 100_000, "{", "[]", '{"state":1}', "9" * 5000, "NaN"))
def test_facts_that_are_none_hurt_nobody(inside: str) -> None:
    text = made(facts(), "en")
    begin, end = text.index('id="facts">') + 11, text.rindex("</script>")
    with pytest.raises(BadFrame):
        proof.verify(text[:begin] + inside + text[end:], TRUSTED)


def kept(folder: Path, text: str, *devices: RegisteredDevice) -> list[str]:
    """The command that verifies that sheet by a registry of those devices."""
    (folder / "sheet.html").write_text(text, encoding="utf-8")
    Registry(list(devices)).save(folder / "registry.json")
    return ["handover", "verify", str(folder / "sheet.html"),
            "--registry", str(folder / "registry.json")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    (
        ("<html>", "is no handover sheet", "不是交接单"),
        (former("1123-en"), "an early version made it", "由早期版本生成"),
        (former("2142-en").replace("412", "411", 1), "an early version made it", "已被改动"),
        (SHEETS["new-en"].replace("412", "411", 1), "what it shows is not", "所示文字"),
        (SHEETS["new-en"].replace('"value":50', '"value":60'), "its facts are not", "其内容"),
        (made(facts(), "en", LibcryptoSigner(79)), "no device of", "没有设备为其签名"),
        (made({**facts(), "pole": "CD-JJ-0002"}, "en"), "is not that of CD-JJ-0002", "不属于"),
    ),
)
def test_the_command_says_why_it_is_not_proven(
    text: str, english: str, chinese: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = kept(tmp_path, text, RegisteredDevice(POLE, "Jinjiang", [sm2.public_key(KEY)]))
    for language, wanted in (("zh", chinese), ("en", english)):
        assert main([*command, "--lang", language]) == 1
        said = capsys.readouterr()
        # Lines break at spaces in English, and anywhere in Chinese.
        assert wanted in ("" if language == "zh" else " ").join(said.err.split())
        assert "BadFrame" not in said.err
        assert said.out == ""


def test_a_device_that_has_moved_since_proves_what_it_was(tmp_path: Path) -> None:
    stays = [Stay(POLE, 0, 1_796_000_000), Stay("CD-JJ-0009", 1_796_000_000, None)]
    device = RegisteredDevice("CD-JJ-0009", "", [sm2.public_key(KEY)], stays=stays)
    assert main(kept(tmp_path, SHEETS["new-zh"], device)) == 0
    device.stays = stays[1:]
    assert main(kept(tmp_path, SHEETS["new-zh"], device)) == 1
