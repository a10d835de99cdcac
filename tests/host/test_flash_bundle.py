"""What must never be written to a board is refused before a port is opened."""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.protocols import sm2
from provisioning import board_image, bundle, esp_image, layout, signed_zip
from provisioning.bundle import BadBundle, Part, Target
from provisioning.bundle_words import BUNDLE_WORDS
from provisioning.commissioning import held_code
from provisioning.flashing import kit
from provisioning.flashing.command import main
from simulators.boards import firmware, uf2_file
from tests.host import bench_boards
from tests.host.bench_boards import FLASH, SMALL
from tests.host.micropython import ROOT
from tests.host.unwrapped import unwrapped

KEY, OTHER = 0x1234567, 0x7654321
PUBLIC = sm2.public_key(KEY)
CHIP = "esp32s3"
NAMES = ("bootloader.bin", "partitions.bin", "micropython.bin")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good bundle."""
    bench_boards.need("esptool")
    path = tmp_path_factory.mktemp("bundle") / "kit.pole"
    bundle.build(path, {CHIP: (firmware.combined(CHIP, FLASH, SMALL), FLASH)}, KEY, "")
    return path


def remade(path: Path, target: Path, change: Callable[[dict[str, bytes], Target], Target]) -> Path:
    """The bundle at path with something changed, and properly signed again: whoever released it
    made the mistake."""
    kit = bundle.load(path, PUBLIC)
    files = dict(kit.files)
    changed = change(files, kit.targets[CHIP])
    bundle.write(target, files, [changed], kit.imports, KEY)
    return target


def test_a_good_bundle_holds_what_a_board_needs(whole: Path) -> None:
    kit = bundle.load(whole, PUBLIC)
    target = kit.targets[CHIP]
    assert [part.at for part in target.parts] == [0x0, 0x8000, 0x10000]
    assert target.micropython == firmware.version()
    assert set(kit.beside(target)) == {"slots.mpy", "install.mpy", "tls_key.mpy"}
    rows = esp_image.parse_table(kit.files[f"firmware/{CHIP}/partitions.bin"])
    assert rows == layout.partitions(FLASH)
    assert kit.files["docs/technician.zh.md"] and kit.files["docs/drivers/table.md"]


@pytest.mark.parametrize("name", ["bootloader.bin", "micropython.bin"])
@pytest.mark.parametrize("wrong", ["chip", "size", "cut", "flipped", "blank"])
def test_a_wrong_image_is_refused_at_any_offset(
    whole: Path, tmp_path: Path, name: str, wrong: str
) -> None:
    def change(files: dict[str, bytes], target: Target) -> Target:
        place = f"firmware/{CHIP}/{name}"
        good = files[place]
        if wrong == "chip":
            make = firmware.bootloader if name == "bootloader.bin" else firmware.application
            files[place] = make("esp32", FLASH)
        elif wrong == "size":
            files[place] = esp_image.build(CHIP, 16 << 20, [(0x3C000020, bytes(4096))])
        elif wrong == "cut":
            files[place] = good[: len(good) // 2]
        elif wrong == "flipped":
            files[place] = good[:5000] + bytes((good[5000] ^ 1,)) + good[5001:]
        else:
            files[place] = b"\xff" * len(good)
        return target

    path = remade(whole, tmp_path / "bad.pole", change)
    with pytest.raises(BadBundle, match=r"for|cut off|damaged|no image"):
        bundle.load(path, PUBLIC)


def too_large(files: dict[str, bytes], target: Target) -> Target:
    files[f"firmware/{CHIP}/micropython.bin"] = firmware.application(CHIP, FLASH, 0x1F0000)
    return target


def misplaced(files: dict[str, bytes], target: Target) -> Target:
    return replace(target, parts=tuple(Part(part.name, part.at + 0x1000 * (part.at == 0x10000))
                                       for part in target.parts))  # fmt: skip


def foreign_table(files: dict[str, bytes], target: Target) -> Target:
    table = esp_image.build_table(layout.partitions(16 << 20))
    files[f"firmware/{CHIP}/partitions.bin"] = table
    return target


def no_table(files: dict[str, bytes], target: Target) -> Target:
    files[f"firmware/{CHIP}/partitions.bin"] = b"\xff" * 0xC00
    return target


@pytest.mark.parametrize("change", [too_large, misplaced, foreign_table, no_table])
def test_what_does_not_fit_is_refused(
    whole: Path, tmp_path: Path, change: Callable[[dict[str, bytes], Target], Target]
) -> None:
    with pytest.raises(BadBundle):
        bundle.load(remade(whole, tmp_path / "bad.pole", change), PUBLIC)


def rewritten(path: Path, target: Path, change: Callable[[dict[str, bytes]], Any]) -> Path:
    """The zip with something changed behind the releaser's back."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def swap_file(files: dict[str, bytes]) -> None:
    """Another agent, and a manifest that agrees with it."""
    name = next(name for name in files if name.endswith("board/app.mpy"))
    files[name] += b"\0"
    manifest = json.loads(files[signed_zip.MANIFEST])
    manifest["files"][name] = hashlib.sha256(files[name]).hexdigest()
    files[signed_zip.MANIFEST] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    "change,said",
    [
        (lambda files: files.pop(signed_zip.SIGNATURE), "not signed"),
        (lambda files: files.update({signed_zip.SIGNATURE: bytes(64)}), "trusts"),
        (lambda files: files.pop(signed_zip.MANIFEST), "no manifest"),
        (lambda files: files.update({"main.py": b"import os"}), "main.py"),
        (lambda files: files.pop("main.py"), "main.py"),
        (lambda files: files.update({"more.py": b""}), "more.py in it is not signed"),
        (swap_file, "trusts"),
    ],
    ids=["unsigned", "forged", "no manifest", "changed", "missing", "added", "swapped"],
)
def test_a_changed_bundle_is_refused(
    whole: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], Any], said: str
) -> None:
    with pytest.raises(BadBundle, match=said):
        bundle.load(rewritten(whole, tmp_path / "bad.pole", change), PUBLIC)


def test_a_bundle_that_is_cut_off_or_of_another_key_is_refused(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    cut = tmp_path / "cut.pole"
    for size in (0, 100, len(data) // 2, len(data) - 1):
        cut.write_bytes(data[:size])
        with pytest.raises(BadBundle):
            bundle.load(cut, PUBLIC)
    with pytest.raises(BadBundle, match="trusts"):
        bundle.load(whole, sm2.public_key(OTHER))


def test_the_tool_says_so_before_it_looks_for_a_port(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.pole"
    bad.write_bytes(whole.read_bytes()[:-200])
    trust = tmp_path / "release.pub"
    trust.write_text(PUBLIC.hex(), encoding="ascii")
    common = ["--settings", "examples/pole.toml", "--registry", "none.json", "--trust", str(trust),
              "--port", str(tmp_path / "no-such-port"), "--reports", str(tmp_path)]  # fmt: skip
    assert main([*common, "--bundle", str(bad), "--language", "en"]) == 4
    assert "bundle is refused: it is cut off" in capsys.readouterr().out
    assert main([*common, "--bundle", str(whole), "--language", "zh"]) == 3  # now it looks
    assert "不存在" in capsys.readouterr().out


def test_settings_of_the_bundle_are_taken_where_none_are_named(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(files: dict[str, bytes], target: Target) -> Target:
        files[signed_zip.SETTINGS] = Path("examples/pole.toml").read_bytes()
        return target

    trust = tmp_path / "release.pub"
    trust.write_text(PUBLIC.hex(), encoding="ascii")
    common = ["--registry", "none.json", "--trust", str(trust), "--reports", str(tmp_path),
              "--port", str(tmp_path / "no-such-port"), "--language", "en"]  # fmt: skip
    assert main([*common, "--bundle", str(whole)]) == 2
    assert "--settings and --registry (or --requests) are needed" in capsys.readouterr().err
    kitted = remade(whole, tmp_path / "kitted.pole", change)
    assert main([*common, "--bundle", str(kitted)]) == 3  # now it looks for the board
    own = tmp_path / "pole.toml"
    with kit.settings(own, bundle.load(kitted, PUBLIC)) as found:
        assert found == own
    with kit.settings(None, bundle.load(kitted, PUBLIC)) as found:
        assert found is not None
        assert found.read_bytes() == Path("examples/pole.toml").read_bytes()
    assert not found.exists()


def test_only_settings_that_stand_alone_go_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.cli.main import main as pole

    path = tmp_path / "pole.toml"
    text = Path("examples/pole.toml").read_text(encoding="utf-8")
    path.write_text(text + '\n[page]\ncode = "page.code"\n', encoding="utf-8")
    (tmp_path / "page.code").write_text("pbkdf2-sha256$1$YQ==$YQ==\n", encoding="ascii")
    made = ["--key", str(tmp_path / "release.key"), "--out", str(tmp_path / "kit.pole")]
    assert pole(["bundle", "--simulated", "--settings", str(path), *made, "--lang", "en"]) == 1
    assert "pole.toml cannot go along" in unwrapped(capsys.readouterr().err)
    assert not (tmp_path / "kit.pole").exists()


NO_KEY, NO_FILE = "is not the public half of a release key", "cannot be read (No such file"


@pytest.mark.parametrize(
    "content,sentence",
    [(b"junk", NO_KEY), (b"%064x" % KEY, NO_KEY), (b"\xff\xfe", NO_KEY), (None, NO_FILE)],
    ids=["text", "the private half", "no text", "no file"],
)
def test_the_tool_names_a_file_that_is_no_release_key(
    content: bytes | None,
    sentence: str,
    whole: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "release.pub"
    if content is not None:
        path.write_bytes(content)
    common = ["--settings", "examples/pole.toml", "--registry", "none.json", "--bundle", str(whole),
              "--language", "en"]  # fmt: skip
    assert main([*common, "--trust", str(path)]) == 2
    said = capsys.readouterr().out
    assert f"{path} {sentence}" in said and "release.pub of whoever made the bundle" in said
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(common) == 2  # none was named, and there is none
    assert "No release key is known here" in capsys.readouterr().out


def test_pole_bundle_names_a_file_that_is_no_release_key(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.cli.main import main as pole

    path = tmp_path / "release.pub"
    path.write_text(PUBLIC.hex()[:-2], encoding="ascii")
    path.chmod(0o644)
    assert pole(["bundle", "--show", str(whole), "--trust", str(path), "--lang", "zh"]) == 1
    assert f"{path} 不是发布公钥" in unwrapped(capsys.readouterr().err)
    made = ["--out", str(tmp_path / "kit.pole"), "--lang", "en"]
    assert pole(["bundle", "--simulated", "--key", str(path), *made]) == 1
    assert f"{path} is not a release key" in unwrapped(capsys.readouterr().err)


@pytest.mark.parametrize("asked", ["esp32s3={}", "rp2040={}"])
def test_pole_bundle_names_a_file_that_is_no_firmware(
    asked: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.cli.main import main as pole

    path = tmp_path / "firmware.bin"
    path.write_bytes(firmware.combined("esp32", FLASH, SMALL))
    key = tmp_path / "release.key"
    made = ["--key", str(key), "--out", str(tmp_path / "kit.pole"), "--lang", "en"]
    assert pole(["bundle", "--firmware", asked.format(path), *made]) == 1
    said = unwrapped(capsys.readouterr().err)
    assert f"{path} is refused: " in said and "name the file that MicroPython publishes" in said
    assert not key.exists(), "refused before anything is made"


def test_firmware_is_split_and_another_chips_is_refused() -> None:
    for chip in ("esp32", "esp32s3"):
        parts = bundle.split(chip, firmware.combined(chip, FLASH, SMALL))
        assert esp_image.parse(parts["micropython.bin"]).project == "micropython"
    with pytest.raises(BadBundle, match="for esp32, not for esp32s3"):
        bundle.split("esp32s3", firmware.combined("esp32", FLASH, SMALL)[:-1] + b"\0")


def test_images_are_read_as_they_were_made() -> None:
    data = firmware.application(CHIP, FLASH, 1000)
    image = esp_image.parse(data + b"\xff" * 100)
    assert (image.chip, image.flash_size, image.size) == (CHIP, FLASH, len(data))
    for size in range(0, len(data), 97):
        with pytest.raises(ValueError):
            esp_image.parse(data[:size])
    for at in range(0, len(data), 53):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        with pytest.raises(ValueError):
            changed = esp_image.parse(bytes(damaged))
            # A flipped bit in the chip's number makes another chip of it, and a wrong hash.
            assert changed.chip != CHIP


@pytest.mark.parametrize("board", board_image.boards())
def test_the_slot_of_the_example_fits(board: str) -> None:
    from agent.linux import pole_toml

    settings = pole_toml.load(Path("examples/pole.toml")).settings
    names = board_image.slot_files(board_image.needs(), settings, board)
    assert "agent/drivers/winsen_ze07.py" in names and "agent/drivers/winsen_ze03.py" not in names
    assert "board/coap.py" in names and "board/mqtt.py" not in names
    assert not set(board_image.BESIDE) & set(names)
    assert "agent/protocols/modbus_tcp.py" not in names and "agent/filters.py" not in names
    settings.lines[0].port = "tcp://10.0.0.5:502"
    settings.lines[0].devices[0].filters = [["level", "median", 3]]
    more = board_image.slot_files(board_image.needs(), settings, board)
    assert set(more) - set(names) == {"agent/protocols/modbus_tcp.py", "agent/filters.py"}


def test_pole_bundle_makes_one_and_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.cli.main import main as pole

    monkeypatch.chdir(tmp_path)
    for chip in ("esp32", "esp32s3"):
        (tmp_path / f"{chip}.bin").write_bytes(firmware.combined(chip, FLASH, SMALL))
    (tmp_path / "pico.uf2").write_bytes(uf2_file.micropython("rp2350", SMALL))
    all_three = ["--firmware", "esp32=esp32.bin", "--firmware", "esp32s3=esp32s3.bin@4MB",
                 "--firmware", "rp2350=pico.uf2"]  # fmt: skip
    shutil.copy(ROOT / "examples" / "pole.toml", "own.toml")
    assert pole(["bundle", *all_three, "--settings", "own.toml", "--key", "release.key", "--out",
                 "kit.pole"]) == 0  # fmt: skip
    steps = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in steps if line.endswith(" ...")] == [
        "checking", "making", "checking", "checking", "making", "noting", "signing"]  # fmt: skip
    assert pole(["bundle", "--show", "kit.pole", "--trust", "release.pub"]) == 0
    said = capsys.readouterr().out
    assert "esp32s3: MicroPython" in said and "0x010000" in said and "all as signed" in said
    assert "rp2350: MicroPython" in said and "micropython.uf2" in said
    made = bundle.load(tmp_path / "kit.pole", signed_zip.release_key(tmp_path / "release.pub"))
    assert made.files[signed_zip.SETTINGS] == (tmp_path / "own.toml").read_bytes()
    wrong = ["--firmware", "esp32s3=esp32.bin", "--key", "release.key", "--out", "bad.pole"]
    assert pole(["bundle", *wrong]) == 1
    assert "is for esp32, not for esp32s3" in capsys.readouterr().err
    assert not (tmp_path / "bad.pole").exists()


@pytest.mark.parametrize("word", BUNDLE_WORDS)
def test_every_word_of_it_is_there_in_both_languages(word: str) -> None:
    english, chinese = BUNDLE_WORDS[word]
    assert re.findall(r"{(\w+)}", english) == re.findall(r"{(\w+)}", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert re.search(r"[\u4e00-\u9fff]", chinese) or word in ("node", "wanted", "target")


@pytest.mark.parametrize("chip,number", [("rp2040", 4), ("rp2350", 7), ("esp32s3", 10)])
def test_machine_code_is_for_the_chip(chip: str, number: int, tmp_path: Path) -> None:
    """The interpreter runs that of its own architecture alone, or of a smaller ARM core. The third
    byte of a .mpy names it: docs.micropython.org, "MicroPython .mpy files"."""
    board_image.compile_agent(tmp_path, board_image.ARCHITECTURES[chip])
    found = {path.stem: path.read_bytes()[2] >> 2 for path in tmp_path.rglob("*.mpy")}
    assert {name: arch for name, arch in found.items() if arch} == {
        "sm2_viper": number, "sm3_viper": number}  # fmt: skip


def test_what_a_held_board_is_lent_is_for_its_chip() -> None:
    found = [held_code.architecture_of(name) for name in ("esp32", "rp2", "linux")]
    assert found == ["xtensawin", "armv6m", board_image.HOST]
