"""What came of orders, from the records of a device, and how `pole order list` says it."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent import drill, frame, order_writer, reset
from agent.cli.main import main
from agent.cli.order_texts import CHINESE, ORDER_TEXTS
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.orders import GRANT, NEXT_KEY
from agent.protocols import sm2
from agent.reading import ALARM
from agent.settings_order import KEPT, REFUSED, ROLLED_BACK, TAKEN
from provisioning import orders
from provisioning.orders import Device
from simulators.platform import outcomes
from simulators.platform.orders import Desk
from tests.host.test_explain import KEY, NOW, PLATFORM, POLE, City

HOUR = 3_600_000
SIGNER = make_signer(PLATFORM, Entropy())
DEVICE = Device(POLE, sm2.kid(sm2.public_key(KEY)))


class Office(City):
    """A platform with a desk; records of the device come as they are told."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        super().__init__(path)
        self.desk = Desk(self.store, SIGNER)

    def order(
        self, kind: int, count: int, *bodies: dict[int, object], expires: int = NOW + HOUR
    ) -> None:
        made = orders.write(SIGNER, DEVICE, kind, bodies, NOW, expires, count)
        self.desk.put(POLE, kind, made.counts, expires, made.data)

    def heard(self, count: int) -> None:
        with self.store.transaction():
            self.desk.heard(POLE, count, True, NOW)

    def tell(self, seq: int, kind: int, *fields: object) -> None:
        body = {number: value for number, value in enumerate(fields, 1) if value is not None}
        self.send(ALARM, {frame.KIND: kind, frame.BODY: body}, NOW + seq)

    def listed(self, now: int = NOW) -> list[tuple[str, str, str]]:
        return [(one.name, one.state, one.why) for one in outcomes.listed(self.store, now)]


def parts(number: int) -> Sequence[dict[int, object]]:
    made = order_writer.settings(number, bytes(8), b"x" * 1500)
    assert len(made) == 3
    return made


def test_a_command_is_heard_obeyed_or_refused() -> None:
    office = Office()
    for count in (1, 2, 3, 4):
        office.order(frame.COMMAND, count, order_writer.drill("a", "b", 60_000))
    office.order(frame.COMMAND, 5, order_writer.maintenance(0, ""), expires=NOW + 1)
    office.heard(3)
    office.tell(1, frame.OUTCOME, 1, SIGNER.kid, "")
    office.tell(2, frame.OUTCOME, 2, SIGNER.kid, drill.BUSY)
    # The same number under another's key is another's command.
    office.tell(3, frame.OUTCOME, 3, bytes(8), "no")
    drills = [("drill", "obeyed", ""), ("drill", "refused", drill.BUSY), ("drill", "heard", "")]
    assert office.listed() == [*drills, ("drill", "waits", ""), ("maintenance", "waits", "")]
    assert office.listed(NOW + 1)[-1] == ("maintenance", "over", "")


@pytest.mark.parametrize(
    ("told", "state"),
    [([], "heard"), ([(TAKEN, "")], "on trial"), ([(TAKEN, ""), (KEPT, "")], "in force"),
     ([(TAKEN, ""), (ROLLED_BACK, "it crashed")], "taken back"),
     ([(REFUSED, "a part is missing, or too much")], "refused")],
)  # fmt: skip
def test_settings_in_parts_are_one_order(told: list[tuple[int, str]], state: str) -> None:
    office = Office()
    office.order(frame.SETTINGS, 7, *parts(7))
    assert office.listed() == [("settings", "waits", "")]
    office.heard(8)
    assert office.listed() == [("settings", "waits", "")], "its last part waits yet"
    office.heard(9)
    for seq, (what, why) in enumerate(told, 1):
        office.tell(seq, frame.CHANGE, what, bytes(8), bytes(8), 7, "platform", SIGNER.kid, why)
    assert office.listed() == [("settings", state, told[-1][1] if told else "")]


def test_a_record_that_came_late_is_not_the_newest() -> None:
    office = Office()
    office.order(frame.SETTINGS, 7, *parts(7))
    office.heard(9)
    for seq, what in ((2, KEPT), (1, TAKEN)):
        office.tell(seq, frame.CHANGE, what, bytes(8), bytes(8), 7, "platform", SIGNER.kid, "")
    assert office.listed() == [("settings", "in force", "")]


def test_keys_and_grants_are_heard() -> None:
    office = Office()
    office.order(NEXT_KEY, 1, {1: sm2.public_key(KEY)})
    office.order(GRANT, 2, {1: sm2.public_key(KEY), 2: [3], 3: "Li Wei"})
    assert [name for name, _, _ in office.listed()] == ["next key", "grant"]


def test_every_word_is_there_in_both_languages() -> None:
    for code, (english, chinese) in ORDER_TEXTS.items():
        assert re.findall(r"{(\w+)}", english) == re.findall(r"{(\w+)}", chinese), code
        assert re.search("[\u4e00-\u9fff]", chinese) and english.isascii()
    reasons = {drill.UNKNOWN, drill.ACTIVE, drill.BUSY, reset.NOTHING, reset.NOT_GOOD}
    assert reasons <= CHINESE.keys()


def test_the_list_in_either_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "platform.key").write_text(f"{PLATFORM:064x}\n")
    (tmp_path / "platform.key").chmod(0o600)
    office = Office(tmp_path / "platform.db")
    command = ["order", "list", "--platform", str(tmp_path)]
    assert main([*command, "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "没有指令。\n"
    office.order(frame.COMMAND, 1, order_writer.reset("a", "b"))
    office.heard(1)
    office.tell(1, frame.OUTCOME, 1, SIGNER.kid, reset.NOT_GOOD)
    office.store.close()
    assert main([*command, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert said == f"{POLE} reset, until 2026-09-21 15:13 UTC: refused: the reading is not good\n"
    assert main(["--lang", "zh", *command]) == 0
    said = capsys.readouterr().out
    assert said == f"{POLE} 解除告警，有效期至 2026-09-21 15:13 UTC：被拒绝：读数不正常\n"
