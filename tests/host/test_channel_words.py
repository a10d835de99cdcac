"""Every channel and quality has its Chinese, the same on a pole's page and on the platform's."""

import re

import pytest

from agent import drivers
from agent.linux.commissioning.words import WORDS, Wording
from tests.host.micropython import ROOT
from tests.host.test_driver_documents import channels

_SHARED = ("channel.", "quality.")
_PAGE = ROOT / "simulators" / "platform" / "page" / "words.js"


def test_every_channel_of_a_driver_has_a_name() -> None:
    models = [model for model in drivers.models() if model != "generic-modbus"]
    names = set().union(*(channels(drivers.load(model)) for model in models))
    assert len(names) > 80
    assert [name for name in sorted(names) if Wording("zh").word("channel", name) == name] == []
    assert [name for name in sorted(names) if Wording("en").word("channel", name) != name] == []


@pytest.mark.parametrize(
    ("name", "chinese"),
    [("relay12", "继电器12"), ("pm25", "PM2.5"), ("co2", "CO2"), ("flow2", "flow2"), ("7", "7")],
)
def test_a_number_stays(name: str, chinese: str) -> None:
    assert Wording("zh").word("channel", name) == chinese


def test_both_pages_say_the_same() -> None:
    found = re.findall(r'^  "([\w. -]+)": \["[^"]*", "([^"]*)"\],$', _PAGE.read_text("utf-8"), re.M)
    platform = {code: chinese for code, chinese in found if code.startswith(_SHARED)}
    pole = {code: pair[1] for code, pair in WORDS.items() if code.startswith(_SHARED)}
    # A pole that is silent has a quality of its own, which the platform never tells.
    pole.pop("quality.unknown")
    assert platform == pole and len(pole) > 70
