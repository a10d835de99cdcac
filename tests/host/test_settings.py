"""pole.toml: every mistake at once, with its line and the nearest right word; what is compiled."""

import json
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.quantities import duration_ms, scaled, size_bytes
from agent.linux.tls_files import TlsFiles
from agent.settings import unpack
from tests.host.unwrapped import unwrapped

KEY = "04" + "ab" * 64
GOOD = f"""\
[pole]
id = "CD-JJ-0001"
place = [104.0668, 30.5728]

[uplink]
carrier = "coap"
url = "coap://127.0.0.1:5683"
seal_every = "5s"
platform_key = "{KEY}"

[[line]]
name = "rs485-1"
port = "/dev/ttyS1"
mode = "9600 8N1"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "10s"
mount = "3200 mm"
alarm.level = {{ above = "300 mm", clear = "25 cm", for = "20s" }}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "pole.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadSettings) as found:
        pole_toml.load(write(folder, text))
    return [(mistake.line, f"{mistake.where}: {mistake.text}") for mistake in found.value.mistakes]


def test_good_settings_compile_to_integers(tmp_path: Path) -> None:
    found = pole_toml.load(write(tmp_path, GOOD))
    device = found.settings.lines[0].devices[0]
    assert device.options == {"address": 1, "mount": 3200} and device.every_ms == 10000
    rule = device.alarms[0]
    assert (rule.channel, rule.direction, rule.limit, rule.clear) == ("level", 1, 300, 250)
    assert (rule.for_ms, rule.clear_ms, rule.blind_ms) == (20000, 0, 0)
    assert unpack(found.packed).hash == found.settings.hash
    assert found.key == tmp_path / "device.key"


def test_a_channel_may_have_a_limit_on_each_side(tmp_path: Path) -> None:
    both = (
        '[{ above = "1 m", clear_for = "60s", latch = true }, { below = "-5 cm", blind = "30s" }]'
    )
    found = pole_toml.load(write(tmp_path, GOOD[: GOOD.index("{ above")] + both))
    rules = found.settings.lines[0].devices[0].alarms
    assert [(rule.direction, rule.limit, rule.clear) for rule in rules] == [
        (1, 1000, 1000),
        (-1, -50, -50),
    ]
    assert [(rule.clear_ms, rule.blind_ms) for rule in rules] == [(60000, 0), (0, 30000)]
    assert [rule.latch for rule in rules] == [True, False]


def test_more_alarms_than_a_board_remembers_are_refused(tmp_path: Path) -> None:
    head, _, device = GOOD.partition("[[line.device]]")
    device = device.replace("alarm.level", 'alarm.temperature = { below = "-40 °C" }\nalarm.level')
    devices = [
        "[[line.device]]" + device.replace("underpass", f"u{n}").replace("= 1\n", f"= {n}\n")
        for n in range(1, 34)
    ]
    assert pole_toml.load(write(tmp_path, head + "\n".join(devices[:32])))
    found = mistakes(tmp_path, head + "\n".join(devices))
    assert [said for _, said in found] == [
        "line.device.alarm: a pole can judge 64 alarms at the most"
    ]


def test_every_mistake_at_once_with_its_line_and_the_nearest_word(tmp_path: Path) -> None:
    text = (
        GOOD.replace('carrier = "coap"', 'carier = "coap"')
        .replace('driver = "dyp-ultrasonic"', 'driver = "dyp-ultrasonik"')
        .replace('mode = "9600 8N1"', 'mode = "9600 8X1"')
        .replace('seal_every = "5s"', 'seal_every = "soon"')
    )
    found = mistakes(tmp_path, text)
    assert (6, "uplink.carier: unknown; did you mean 'carrier'?") in found
    assert any(line == 8 and "duration" in said for line, said in found)
    assert any(line == 14 and "9600 8N1" in said for line, said in found)
    assert any(line == 18 and "did you mean 'dyp-ultrasonic'?" in said for line, said in found)
    assert [line for line, _ in found] == sorted(line for line, _ in found)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("id =", "ids ="), ("carrier =", "carier ="), ("url =", "ulr ="),
     ("platform_key", "platfrm_key"), ("name =", "nmae ="), ("port =", "prot ="),
     ("driver =", "drivr ="), ("every =", "evry ="), ("mount =", "muont ="), ("[pole]", "[poel]"),
     ("[uplink]", "[uplnik]"), ("[[line.device]]", "[[line.devise]]")],
)  # fmt: skip
def test_a_misspelt_key_is_told_once(tmp_path: Path, right: str, wrong: str) -> None:
    at = GOOD.rindex(right)
    ((_, said),) = mistakes(tmp_path, GOOD[:at] + wrong + GOOD[at + len(right) :])
    assert f"unknown; did you mean {right.strip('[]= ').removeprefix('line.')!r}?" in said


@pytest.mark.parametrize(
    "old,new,line,said",
    [
        ('mount = "3200 mm"', 'mount = "3200"', 21, "quantity"),
        ('mount = "3200 mm"', 'mount = "3200 ppm"', 21, "quantity"),
        ("alarm.level", "alarm.levle", 22, "did you mean 'level'?"),
        ('above = "300 mm"', 'above = "0.3004 m"', 22, "finer"),
        ('clear = "25 cm"', 'clear = "35 cm"', 22, "safe side"),
        ('for = "20s"', 'fro = "20s"', 22, "did you mean 'for'?"),
        ('for = "20s"', 'blind = "15s"', 22, "2 times 'every' at least"),
        ('for = "20s"', 'latch = "yes"', 22, "true or false"),
        ('above = "300 mm"', 'over = "300 mm"', 22, "or below"),
        (
            GOOD[GOOD.index("{ above") :],
            '[{ above = "1 m" }, { above = "2 m" }]',
            22,
            "one with below",
        ),
        (
            "alarm.level",
            "alarm.distance",
            22,
            "alarm stands on the level, which is mount - distance",
        ),
        ('mount = "3200 mm"', "", 22, "needs mount: level = mount - distance"),
        ('mount = "3200 mm"', 'mount = "300 mm"', 22, "limit lies above the sensor"),
        ("address = 1", "address = 300", 19, "1 to 247"),
        ('every = "10s"', 'every = "10ms"', 20, "at the most"),
        ("coap://127", "http://127", 7, "expected an address"),
        ('id = "CD-JJ-0001"', 'id = "a/b"', 2, "without spaces"),
        (KEY, "xyz", 9, "130 hex digits"),
        ("[104.0668, 30.5728]", "[300, 30]", 3, "longitude"),
        ('port = "/dev/ttyS1"', "port = 5", 13, "text in quotes"),
        ('seal_every = "5s"', "seal_every = ", 8, ""),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new))
    assert any(number == line and said in text for number, text in found), found


def test_a_key_in_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    text = GOOD.replace(KEY, "platform/platform.pub")
    assert mistakes(tmp_path, text) == [
        (
            9,
            "uplink.platform_key: no file 'platform/platform.pub': the platform's public key, as "
            "`pole platform` writes it at its first start, or its 130 hex digits themselves",
        )
    ]
    found = pole_toml.load(tmp_path / "pole.toml", need_platform_key=False)
    assert found.settings.platform_key == b""


def test_tls_files_need_tls_and_each_other(tmp_path: Path) -> None:
    tls = 'ca = "ca.pem"\ncertificate = "pole.pem"\ncertificate_key = "pole.key"\n'
    secure = GOOD.replace('"coap"', '"mqtt"').replace("coap://", "mqtts://")
    found = pole_toml.load(write(tmp_path, secure.replace("seal_every", tls + "seal_every")))
    assert found.tls == TlsFiles(*(tmp_path / name for name in ("ca.pem", "pole.pem", "pole.key")))
    assert pole_toml.load(write(tmp_path, secure)).tls == TlsFiles()
    said = mistakes(tmp_path, secure.replace("seal_every", 'certificate = "p"\nseal_every'))
    assert "belong together" in said[0][1]
    said = mistakes(tmp_path, GOOD.replace("seal_every", 'ca = "ca.pem"\nseal_every'))
    assert said == [(8, "uplink.ca: needs an address that begins with mqtts://")]
    sealed = GOOD.replace("seal_every", 'oscore = "secret"\nseal_every')
    assert pole_toml.load(write(tmp_path, sealed)).oscore == tmp_path / "secret"
    said = mistakes(tmp_path, secure.replace("seal_every", 'oscore = "secret"\nseal_every'))
    assert said == [(8, "uplink.oscore: needs an address that begins with coap://")]


def test_how_boards_sign(tmp_path: Path) -> None:
    plain = pole_toml.load(write(tmp_path, GOOD)).settings
    assert (plain.sign_table, plain.sign_check) == (0, 0)
    text = GOOD + '[signing]\ntable = "16 KB"\ncheck = true\n'
    chosen = pole_toml.load(write(tmp_path, text)).settings
    assert (chosen.sign_table, chosen.sign_check) == (16, 1)
    found = mistakes(tmp_path, GOOD + '[signing]\ntable = "3 KB"\ncheck = 1\nkey = 2\n')
    assert [text.partition(":")[0] for _, text in found] == [
        "signing.table", "signing.check", "signing.key"
    ]  # fmt: skip
    assert "'1 KB' or '2 KB' or '4 KB'" in found[0][1]


def test_two_devices_of_one_name_or_address(tmp_path: Path) -> None:
    block = GOOD[GOOD.index("[[line.device]]") :]
    found = mistakes(tmp_path, GOOD + "\n" + block)
    assert any("already that of 'underpass'" in said for _, said in found)
    assert any("already used on line 17" in said for _, said in found)


def test_255_is_for_a_device_alone_on_its_line_and_only_to_be_read(tmp_path: Path) -> None:
    anyone = GOOD.replace("address = 1", "address = 255")
    found = pole_toml.load(write(tmp_path, anyone)).settings.lines[0].devices[0]
    assert found.options["address"] == 255
    block = GOOD[GOOD.index("[[line.device]]") :].replace("underpass", "second")
    said = mistakes(tmp_path, anyone + "\n" + block)
    assert len(said) == 1 and "every device answers at once" in said[0][1]
    relay = '[[line.device]]\nname = "r"\ndriver = "relay-board"\naddress = 255\nevery = "9s"\n'
    said = mistakes(tmp_path, GOOD[: GOOD.index("[[line.device]]")] + relay)
    assert [text for _, text in said if "nothing is ever written to 255" in text]


def test_a_file_that_is_cut_off_is_known(tmp_path: Path) -> None:
    packed = pole_toml.load(write(tmp_path, GOOD)).packed
    for size in range(len(packed)):
        with pytest.raises(BadSettings):
            unpack(packed[:size])


def test_quantities() -> None:
    assert [duration_ms(text) for text in ("500ms", "10s", "5min", "1.5 h")] == [
        500, 10_000, 300_000, 5_400_000,
    ]  # fmt: skip
    assert size_bytes("4 MB") == 4 << 20
    assert scaled("-1.25 m", "m", -3) == -1250 and scaled("35 ppm", "ppm", -1) == 350
    # Channels in secondary units: rain, power and pressure.
    assert scaled("5.5 mm", "mm", -1) == scaled("0.55 cm", "mm", -1) == 55
    assert scaled("2 kW", "kW", -2) == scaled("2000 W", "kW", -2) == 200
    assert scaled("1013 hPa", "Pa", 0) == scaled("101.3 kPa", "Pa", 0) == 101300
    assert scaled("101.3 kPa", "hPa", 0) == 1013 and scaled("7 dB", "dB", -1) == 70
    with pytest.raises(ValueError, match="30 mm"):
        scaled("5 ppm", "mm", -1)
    for bad in ("", "s", "-1s", "0s", "1y", 5, None):
        with pytest.raises(ValueError):
            duration_ms(bad)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD)
    assert main(["check", str(path)]) == 0
    assert "all good" in capsys.readouterr().out
    write(tmp_path, GOOD.replace("every =", "evry ="))
    assert main(["check", str(path)]) == 1
    assert "did you mean 'every'?" in capsys.readouterr().out
    assert main(["check", "--json", str(path)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"] and {"line", "where", "text"} == set(said["mistakes"][0])
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())  # as an editor under Windows leaves it
    assert main(["check", str(path)]) == 0
    path.write_bytes(b"[pole]\n# " + "桥下".encode("gbk") + b"\n")
    capsys.readouterr()
    assert main(["check", str(path)]) == 1
    assert "pole.toml:2: TOML: not UTF-8: save the file as UTF-8" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "none.toml")]) == 1
    assert "none.toml: No such file" in unwrapped(capsys.readouterr().err)
