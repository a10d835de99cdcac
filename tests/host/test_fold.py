"""Named numbers are folded into a board's code, and nothing else changes."""

from provisioning import board_image
from provisioning.fold import fold
from tests.host.micropython import ROOT

WORDS = """
A, B = range(2)
C = A + 5
NAMES = (A, B, C)
BIG = 1 << 80
count = 7
LATER = 1
def again():
    global LATER
    LATER = 2
"""
USER = """
from package import words
from package.words import B, NAMES, count
X = B << 4
class Device:
    LIMIT = X
    def read(self, size=words.C):
        return [size, X, words.BIG, words.LATER, NAMES[B], count]
"""


def run(sources: dict[str, str]) -> list[object]:
    """What Device().read() returns, where the modules are those sources."""
    words: dict[str, object] = {}
    exec(sources["package.words"], words)
    module = type("Words", (), words)
    user = sources["package.user"]
    lines = [line for line in user.splitlines() if "import" not in line]
    names: dict[str, object] = {"words": module, **words}
    exec("\n".join(lines), names)
    return names["Device"]().read()  # type: ignore[operator, no-any-return]


def test_the_code_does_what_it_did() -> None:
    plain = {"package.words": WORDS, "package.user": USER}
    folded = fold(plain)
    assert run(plain) == run(folded) == [5, 16, 1 << 80, 1, 1, 7]
    user = folded["package.user"]
    assert "words.C" not in user and "return [size, 16, words.BIG" in user
    assert "LIMIT = 16" in user and "\nX =" not in user
    assert "import B" not in user and "NAMES, count" in user
    assert "LATER = 1" in folded["package.words"] and "BIG" in folded["package.words"]


def test_every_module_of_a_board_is_folded_and_still_python() -> None:
    texts = {
        board_image._dotted(name): (ROOT / name).read_text(encoding="utf-8")
        for name in board_image.sources()
    }
    folded = fold(texts)
    assert set(folded) == set(texts)
    for name, text in folded.items():
        compile(text, name, "exec")
    assert "from agent.reading import ALARM" not in folded["agent.uplink"]
    assert "ALARM" not in folded["agent.reading"]
