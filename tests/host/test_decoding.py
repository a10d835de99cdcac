"""`pole decode` for every driver: the cases of its test file, by the command's own path."""

import json
from typing import Any

import pytest

from agent import drivers
from agent.cli.main import main
from agent.errors import AgentError
from agent.kit import suite
from agent.kit.decoding import decode
from agent.reading import GOOD


def parts_of(model: str) -> Any:
    name = suite.module_of(suite.find_test(model))[0]
    return __import__(name, None, None, ("*",))


def requests(driver: Any, replies: list[bytes]) -> list[bytes]:
    """What the driver sends for these replies."""
    sent = []
    script = driver.read()
    ask = next(script)
    for reply in replies:
        data, receiver = ask.open("rtu", 0)
        sent.append(data)
        try:
            ask = script.send(receiver.feed(reply))
        except StopIteration:
            break
    return sent


@pytest.mark.parametrize("model", drivers.models())
def test_every_case_of_every_driver_is_decoded(model: str) -> None:
    parts = parts_of(model)
    assert parts.CASES
    for options, replies, expected in parts.CASES:
        sent = requests(drivers.load(model)(options), replies)
        found = decode(drivers.load(model)(options), sent, replies[: len(sent)])
        assert [(r.name, r.value, r.quality) for r in found] == list(expected), options


@pytest.mark.parametrize("model", drivers.models())
def test_frames_that_are_wrong_are_never_values(model: str) -> None:
    options, replies, _ = parts_of(model).CASES[0]
    driver = drivers.load(model)(options)
    sent = requests(driver, replies)
    for index, reply in enumerate(replies[: len(sent)]):
        for at in {0, len(reply) // 2, len(reply) - 1}:
            damaged = bytearray(reply)
            damaged[at] ^= 0x41
            tried = [*replies[:index], bytes(damaged), *replies[index + 1 : len(sent)]]
            try:
                readings = decode(driver, sent, tried)
            except AgentError:
                continue
            good = {r.name: r.value for r in readings if r.quality == GOOD}
            whole = {r.name: r.value for r in decode(driver, sent, replies[: len(sent)])}
            # What stands outside of the frame, such as a lead-in, may be damaged.
            assert all(whole[name] == value for name, value in good.items()), (model, at)


SOIL = (
    "--request", "01 03 00 00 00 03 05 CB", "--response", "01 03 06 00 00 00 C9 00 00 F1 4B",
)  # fmt: skip


def test_a_sensor_that_only_the_command_line_describes(capsys: pytest.CaptureFixture[str]) -> None:
    field = 'name = "soil", register = 1, type = "int16", scale = 0.1, unit = "Cel"'
    assert main(["decode", "--driver", "generic-modbus", "--field", field, *SOIL]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"channel": "soil", "value": 201, "exponent": -1, "unit": "Cel", "quality": "good"}
    ]


@pytest.mark.parametrize(
    "field,words",
    [
        ('name = "soil", register = 70000, type = "int16"', "register: expected a whole number"),
        ('name = "soil", register = 1, type = "int16", sclae = 1', "did you mean 'scale'?"),
        ("name = soil", "Invalid value"),
        ("", "name: missing"),
    ],
)
def test_fields_that_will_not_do(
    field: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decode", "--driver", "generic-modbus", "--field", field, *SOIL]) == 2
    assert words in capsys.readouterr().err


def test_a_driver_that_asks_several_times(capsys: pytest.CaptureFixture[str]) -> None:
    parts = parts_of("dlt645-meter")
    options, replies, expected = parts.CASES[0]
    given = [word for reply in replies for word in ("--response", reply.hex())]
    meter = ("decode", "--driver", "dlt645-meter", "--option", f"meter={options['meter']}")
    assert main([*meter, *given]) == 0
    found = [part["value"] for part in json.loads(capsys.readouterr().out)]
    assert found == [value for _, value, _ in expected]
    assert main([*meter, *given[:2]]) == 1
    assert "asks more than 1 times" in capsys.readouterr().err
