"""Every driver as a board has it: shrunk, compiled, and fed its replies by MicroPython."""

import json
import subprocess
from pathlib import Path

from agent import drivers
from provisioning.board_image import compile_agent
from tests.host.kit_lines import parts_of
from tests.host.micropython import interpreter

_PLAY = """
import json, sys
sys.path.insert(0, "image")
from agent.drivers import load
with open("cases.json") as file:
    cases = json.load(file)
for model, options, replies, expected in cases:
    script = load(model)(options).read()
    ask = next(script)
    for reply in replies:
        receiver = ask.open("rtu", 0)[1]
        try:
            ask = script.send(receiver.feed(bytes.fromhex(reply)))
        except StopIteration as end:
            found = [[part.name, part.value, part.quality] for part in end.value]
            break
    assert found == expected, (model, found, expected)
print(len(cases))
"""


def test_every_case_of_every_driver_on_a_boards_image(tmp_path: Path) -> None:
    program = interpreter()
    compile_agent(tmp_path / "image")
    cases = [
        (model, options, [bytes(reply).hex() for reply in replies], [list(part) for part in parts])
        for model in drivers.models()
        for options, replies, parts in parts_of(model).CASES
    ]
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    (tmp_path / "play.py").write_text(_PLAY, encoding="utf-8")
    command = [program, "-X", "heapsize=8M", "play.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(len(cases)), done.stdout + done.stderr
    assert len(cases) > 100
