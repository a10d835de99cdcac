"""What ``rts`` of a line and the limits of a device in ``pole.toml`` become."""

from typing import Any

from agent.linux.pole_checker import Checker
from agent.linux.quantities import duration_ms
from agent.linux.toml_lines import Path
from agent.protocols.modbus import MAX_REGISTERS

LINE = ("rts",)
DEVICE = ("gap", "timeout", "warm_up", "max_registers", "max_gap")
LONGEST_TIMEOUT = 10_000  # ms
LONGEST_WARM_UP = 30 * 60_000
_RTS = ("sending", "before", "after")


def rts(compiler: Checker, line: dict[str, Any], here: Path) -> dict[str, Any]:
    """How RTS drives the transceiver of a line: {"rts": [high while sending, ms before the first
    bit, ms after the last]}; {} where nothing is said."""
    table = line.get("rts")
    path = (*here, "rts")
    if table is None:
        return {}
    if not isinstance(table, dict):
        compiler.wrong(path, 'expected { sending = "high", before = "1ms", after = "1ms" }')
        return {}
    compiler.known_keys(table, path, _RTS)
    high = compiler.choice(table, path, "sending", ("high", "low")) == "high"
    before = compiler.measure(table, path, "before", duration_ms, 0)
    return {"rts": [high, before, compiler.measure(table, path, "after", duration_ms, 0)]}


def limits(
    compiler: Checker, device: dict[str, Any], here: Path, driver_class: Any
) -> dict[str, int]:
    """What one device can take, where it differs from its driver's: see Driver.LIMITS."""
    found = {}
    if "gap" in device:
        found["gap_ms"] = compiler.measure(device, here, "gap", duration_ms, 0)
    for key, low, high in (
        ("timeout", 10, LONGEST_TIMEOUT),
        ("warm_up", driver_class.warm_up_ms, LONGEST_WARM_UP),
    ):
        if key not in device:
            continue
        time = found[f"{key}_ms"] = compiler.measure(device, here, key, duration_ms, 0)
        if time and not low <= time <= high:
            compiler.wrong((*here, key), f"expected from {low} ms to {high // 1000} s")
    for key, low in (("max_registers", 1), ("max_gap", 0)):
        if key not in device:
            continue
        value = device[key]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if driver_class.protocol != "modbus":
            compiler.wrong((*here, key), "is for Modbus devices only")
        elif not whole or not low <= value <= MAX_REGISTERS:
            compiler.wrong(
                (*here, key),
                f"expected a whole number from {low} to {MAX_REGISTERS}, not {value!r}",
            )
        else:
            found[key] = value
    return found
