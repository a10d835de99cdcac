"""The table of layers in docs/decisions/0004, enforced: who may import what."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What both runtimes have, and what does no I/O.
PURE = {"array", "binascii", "collections", "micropython"}
# The last one is ours, and lies beside the slots.
BOARD = {"machine", "network", "vfs", "socket", "tls", "select", "time", "os", "gc", "errno",
         "sys", "esp32", "rp2", "cryptolib", "hashlib", "json",
         "scratch"}  # fmt: skip

WORDS = ("agent.errors", "agent.reading", "agent.events")
BYTES = (*WORDS, "agent.protocols")
MIDDLE = (*BYTES, "agent.drivers", "agent.buffer", "agent.frame", "agent.frame_reader")
DEVICE = (*MIDDLE, "agent.agent", "agent.bus", "agent.device", "agent.exchange", "agent.job",
          "agent.schedule", "agent.quality", "agent.filters", "agent.deadband", "agent.alarms",
          "agent.maintenance", "agent.command", "agent.actuation", "agent.drill", "agent.reset",
          "agent.uplink", "agent.pace",
          "agent.mains", "agent.flights", "agent.late", "agent.connection",
          "agent.ration", "agent.settings", "agent.seal", "agent.downlink",
          "agent.assembly", "agent.grouping", "agent.beginning", "agent.store", "agent.records",
          "agent.upkeep", "agent.memory", "agent.asked", "agent.backlog", "agent.orders",
          "agent.obey", "agent.settings_order")  # fmt: skip

# (folder or file, what of ours it may import, which other modules)
TABLE: list[tuple[str, tuple[str, ...], set[str]]] = [
    ("agent/errors.py", (), set()),
    ("agent/reading.py", (), PURE),
    ("agent/events.py", (), set()),
    ("agent/protocols", BYTES, PURE),
    ("agent/drivers", MIDDLE, PURE),
    ("agent/buffer", MIDDLE, PURE),
    ("agent/frame.py", MIDDLE, PURE),
    ("agent/frame_reader.py", MIDDLE, PURE),
    ("agent/agent.py", DEVICE, PURE),
    ("agent/assembly.py", DEVICE, PURE),
    ("agent/grouping.py", DEVICE, PURE),
    ("agent/beginning.py", DEVICE, PURE),
    ("agent/backlog.py", WORDS, PURE),
    ("agent/store.py", DEVICE, PURE),
    ("agent/records.py", DEVICE, PURE),
    ("agent/upkeep.py", DEVICE, PURE),
    ("agent/memory.py", DEVICE, PURE),
    ("agent/asked.py", DEVICE, PURE),
    ("agent/bus.py", DEVICE, PURE),
    ("agent/device.py", DEVICE, PURE),
    ("agent/quality.py", WORDS, PURE),
    ("agent/filters.py", WORDS, PURE),
    ("agent/deadband.py", (), set()),
    ("agent/maintenance.py", MIDDLE, PURE),
    ("agent/command.py", DEVICE, PURE),
    ("agent/actuation.py", DEVICE, PURE),
    ("agent/drill.py", MIDDLE, PURE),
    ("agent/reset.py", (), set()),
    ("agent/mains.py", (), set()),
    ("agent/exchange.py", DEVICE, PURE),
    ("agent/job.py", DEVICE, PURE),
    ("agent/schedule.py", DEVICE, PURE),
    ("agent/alarms.py", DEVICE, PURE),
    ("agent/connection.py", DEVICE, PURE),
    ("agent/uplink.py", DEVICE, PURE),
    ("agent/late.py", MIDDLE, PURE),
    ("agent/downlink.py", DEVICE, PURE),
    ("agent/orders.py", DEVICE, PURE),
    ("agent/obey.py", DEVICE, PURE),
    ("agent/order_writer.py", DEVICE, PURE),
    ("agent/settings_order.py", DEVICE, PURE),
    ("agent/pace.py", DEVICE, PURE),
    ("agent/ration.py", DEVICE, PURE),
    ("agent/flights.py", DEVICE, PURE),
    ("agent/seal.py", DEVICE, PURE),
    ("agent/settings.py", DEVICE, PURE),
    ("board", (*DEVICE, "board"), PURE | BOARD),
    ("simulators/world", (*MIDDLE, "simulators.world"), PURE | {"hashlib"}),
]

# A function of the driver registry that only Linux calls; SM3 by OpenSSL; OSCORE's keys.
EXCEPTIONS = {("agent/drivers/__init__.py", "os"), ("agent/protocols/sm3_openssl.py", "hashlib"),
              ("agent/protocols/oscore.py", "hashlib")}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for name in node.names:
                whole = f"{module}.{name.name}"
                found.add(whole if _is_module(ROOT / whole.replace(".", "/")) else module)
    return found


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def violations(place: str, ours: tuple[str, ...], others: set[str], path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    wrong = []
    for module in sorted(imports(path)):
        top = module.split(".")[0]
        if top in ("agent", "board", "simulators", "provisioning", "tests"):
            allowed = any(module == known or module.startswith(known + ".") for known in ours)
            allowed = allowed or module == "agent" or module == "agent.drivers"
            # `from agent import frame` names a package; its parts are checked one by one.
        else:
            allowed = top in others or (name, top) in EXCEPTIONS
        if not allowed:
            wrong.append(f"{name} imports {module}")
    return wrong


@pytest.mark.parametrize("place,ours,others", TABLE, ids=[row[0] for row in TABLE])
def test_layer(place: str, ours: tuple[str, ...], others: set[str]) -> None:
    found = files(place)
    assert found
    assert not [line for path in found for line in violations(place, ours, others, path)]


def test_every_file_of_the_core_is_in_the_table() -> None:
    known = {row[0] for row in TABLE} | {"agent/__init__.py", "agent/ports.py"}
    for path in (ROOT / "agent").glob("*.py"):
        assert path.relative_to(ROOT).as_posix() in known, path


def test_a_violation_is_seen(tmp_path: Path) -> None:
    source = ROOT / "agent" / "bus.py"
    assert "time" not in imports(source)
    bad = tmp_path / "bad.py"
    bad.write_text("def f():\n    import time\n", encoding="utf-8")
    assert imports(bad) == {"time"} and "time" not in PURE


def test_the_core_knows_no_float_and_no_clock() -> None:
    for place, _, _ in TABLE:
        if place.startswith(("board", "simulators")):
            continue
        for path in files(place):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                where = f"{path}:{getattr(node, 'lineno', 0)}"
                assert not isinstance(node, ast.Await | ast.AsyncFunctionDef), where
                if isinstance(node, ast.Constant):
                    assert not isinstance(node.value, float), where
                if isinstance(node, ast.BinOp):
                    assert not isinstance(node.op, ast.Div), where
