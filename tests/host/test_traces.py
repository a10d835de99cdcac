"""A traceback of a real board's code says which functions it means."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from agent.cli.main import main as pole
from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning import board_image, bundle, signed_zip, traces
from provisioning.sentences import SENTENCES
from tests.host.micropython import ROOT, interpreter


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    board_image.compile_agent(folder)
    return folder


def short(name: str, file: str) -> tuple[str, str]:
    """The module and the short name that a board has for a function of the sources."""
    (found,) = [
        (module, short)
        for module, known in board_image.names().modules.items()
        for short, places in known.items()
        if any(place.name == name and place.file == file for place in places)
    ]
    return found


def raised(lib: Path, program: str) -> str:
    """What the real interpreter says where a program ends with an error."""
    done = subprocess.run(
        [interpreter(), "-c", program], cwd=lib, env={**os.environ, "MICROPYPATH": "."},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" in done.stdout, done.stdout + done.stderr
    return done.stdout


def truncated(lib: Path) -> str:
    """The traceback of the CBOR reader at a value that is cut off."""
    module, decode = short("decode", "agent/protocols/cbor.py")
    return raised(
        lib, f"from {module} import {decode} as decode\ndecode(bytes((0x82, 0x01, 0x19)))"
    )


def line_of(text: str, file: str) -> int:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    (at,) = [at for at, line in enumerate(lines, 1) if line.strip().startswith(text)]
    return at


def test_a_boards_traceback_names_its_functions_again(lib: Path) -> None:
    said = truncated(lib)
    assert "cbor" not in said and "_Reader" not in said
    lines = traces.translate(said, board_image.names())
    assert "\n".join(line.text for line in lines) == said.rstrip("\n")
    found = [[(place.name, place.file) for place in line.places] for line in lines if line.places]
    file = "agent/protocols/cbor.py"
    assert found[0] == [("decode", file)]
    assert ("_Reader.value", file) in found[1] and ("_Reader.take", file) in found[-1]
    decode = next(line for line in lines if line.places).places[0]
    assert decode.line == line_of("def decode(", file)


def test_what_a_function_calls_tells_it_from_others_of_its_name(lib: Path) -> None:
    names = board_image.names()
    shared = [
        (module, short) for module, known in names.modules.items()
        for short, places in known.items() if len(places) > 1
    ]  # fmt: skip
    assert shared
    narrow = 0
    for line in traces.translate(truncated(lib), names):
        frame = traces.is_frame(line.text)
        narrow += frame and len(line.places) == 1
    assert narrow >= 3


def test_a_constructor_is_told_by_its_class(lib: Path) -> None:
    module, digest = short("Hmac.digest", "agent/protocols/sm3.py")
    places = board_image.names().modules[module]["__init__"]
    (hmac,) = [place for place in places if place.name == "Hmac.__init__"]
    said = raised(lib, f"from {module} import {hmac.by} as made\nmade(5)")
    (line,) = [line for line in traces.translate(said, board_image.names()) if line.places]
    assert hmac in line.places and digest != "digest of nothing"


def test_a_sentence_that_the_board_could_not_read_is_told() -> None:
    names = board_image.names()
    at = len(names.sentences.encode().split(b"not stored: %s")[0])
    (line,) = traces.translate(f"storage: text {at} ('full',)", names)
    assert line.text == "storage: not stored: %s ('full',)"
    (line,) = traces.translate("storage: text 999999 ()", names)
    assert line.text == "storage: text 999999 ()"


def test_the_names_of_a_build_outlive_it(lib: Path) -> None:
    names = board_image.names()
    assert traces.unpack(names.packed()) == names
    assert names.sentences.encode() == (lib / SENTENCES).read_bytes()
    for data in (b"{}", b"[]", b"nothing", b'{"modules": {"a": {"b": [{}]}}, "sentences": ""}'):
        with pytest.raises(ValueError):
            traces.unpack(data)


def test_every_function_of_a_board_is_known() -> None:
    places = [
        place for known in board_image.names().modules.values()
        for each in known.values() for place in each
    ]  # fmt: skip
    assert len(places) > 700
    for place in places:
        lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
        assert f"def {place.name.rsplit('.', 1)[-1]}(" in lines[place.line - 1], place


@pytest.mark.parametrize(("language", "word"), [("en", "arose there"), ("zh", "错误发生在")])
def test_pole_explain_tells_it(
    language: str, word: str, lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "board.log"
    log.write_text("slots: a runs\n" + truncated(lib), encoding="utf-8")
    assert pole(["explain", "--trace", str(log), "--lang", language]) == 0
    said = capsys.readouterr().out
    assert "_Reader.take" in said and "agent/protocols/cbor.py:" in said and word in said
    assert pole(["explain", "--trace", str(log), "--json"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"line": "slots: a runs", "places": []} and len(rest) > 3
    log.write_text("nothing of a board\n", encoding="utf-8")
    assert pole(["explain", "--trace", str(log), "--lang", language]) == 1


def test_pole_explain_takes_the_names_from_the_bundle_of_the_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = traces.Place("agent/some.py", 7, "Some.thing", (), "_a")
    names = traces.Names({"agent.core": {"_a": [place]}}, "")
    key = load_or_create(tmp_path / "release.key")
    trust = tmp_path / "release.pub"
    trust.write_text(sm2.public_key(key).hex() + "\n", encoding="ascii")
    log = tmp_path / "board.log"
    log.write_text('  File "agent.core", in _a\n', encoding="utf-8")
    arguments = ["explain", "--trace", str(log), "--bundle", str(tmp_path / "kit"), "--json"]

    def written(files: dict[str, bytes]) -> None:
        bundle.write(tmp_path / "kit", files, [], {}, key)

    written({traces.NAMES: names.packed()})
    assert pole([*arguments, "--trust", str(trust)]) == 0
    assert json.loads(capsys.readouterr().out)["places"] == [["agent/some.py", 7, "Some.thing"]]
    assert pole(arguments) == 1 and "--trust" in capsys.readouterr().err
    written({})
    assert pole([*arguments, "--trust", str(trust)]) == 1
    assert "no names" in capsys.readouterr().err
    (tmp_path / "kit").write_bytes(b"no bundle")
    assert pole([*arguments, "--trust", str(trust)]) == 1
    assert isinstance(signed_zip.BadBundle("x"), ValueError)


def test_a_bundle_holds_the_names(tmp_path: Path) -> None:
    from simulators.boards import firmware
    from simulators.boards.town import FLASH

    path = tmp_path / "kit"
    made = {"esp32": (firmware.combined("esp32", FLASH), FLASH)}
    bundle.build(path, made, 5, board_image.HOST)
    kit = bundle.load(path, sm2.public_key(5))
    assert traces.unpack(kit.files[traces.NAMES]) == board_image.names()
    assert all(traces.NAMES not in name for name in kit.beside(kit.targets["esp32"]))
