"""A module's frequent names come first, and it does what it did."""

import subprocess
from pathlib import Path

from provisioning import board_image
from provisioning.often import often_first
from tests.host.micropython import interpreter

FEW = "def double(value):\n    return value * 2\n"
# 150 names are met before those that 200 functions use.
ONCE = "".join(f"def once{number}():\n    return {number}\n" for number in range(150))
SAME = "".join(
    f"def function{number}(box):\n    return box.height + box.width + {number}\n"
    for number in range(200)
)
MANY = f"""{ONCE}{SAME}
class Box:
    height = 3
    width = 4
def result():
    return function7(Box()), [each for each in "ab"], "a text of many words"
"""


def run(folder: Path, text: str) -> tuple[str, int]:
    """What result() returns under the real MicroPython interpreter; the size of the .mpy."""
    source = folder / "some.py"
    source.write_text(text, encoding="utf-8")
    board_image.compile_file(source, folder / "lib" / "some.mpy", "some.py")
    said = subprocess.run(
        [interpreter(), "-c", "import some; print(some.result())"],
        env={"MICROPYPATH": str(folder / "lib")}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return said, (folder / "lib" / "some.mpy").stat().st_size


def test_a_module_of_few_names_stays_as_it_is() -> None:
    assert often_first(FEW) == FEW


def test_frequent_names_come_first_and_take_less(tmp_path: Path) -> None:
    first = often_first(MANY)
    assert first.startswith("if not __name__:\n    __name__.height.width.box.")
    assert first.endswith(MANY)
    (plain_said, plain), (said, size) = run(tmp_path, MANY), run(tmp_path, first)
    assert said == plain_said == "(14, ['a', 'b'], 'a text of many words')\n"
    assert size < plain - 200  # 600 uses of three names, less the statement


def test_variables_and_long_texts_are_no_names() -> None:
    first = often_first(MANY).splitlines()[1].split(".")
    assert "each" not in first and "value" not in first
    assert len(first) == 126 and len(set(first)) == 126
