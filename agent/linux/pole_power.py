"""What ``[power]`` of ``pole.toml`` becomes: the digital input that watches the mains, and its
alarm."""

from typing import Any, Protocol

from agent.linux.toml_lines import Path as KeyPath

SLOWEST_MS = 2000  # a buffer holds for seconds; whoever asks more seldom sees nothing of it
_HERE: KeyPath = ("power",)


class Compiler(Protocol):
    """What pole_toml gives: where mistakes go, and its small pieces."""

    def wrong(self, path: KeyPath, text: str) -> None: ...
    def known_keys(self, table: dict[str, Any], here: KeyPath, known: tuple[str, ...]) -> None: ...
    def text(self, table: dict[str, Any], here: KeyPath, key: str, default: str | None) -> str: ...


def compile_power(
    compiler: Compiler, table: dict[str, Any], known: dict[str, Any], lines: list[dict[str, Any]]
) -> dict[str, list[str]]:
    """{"mains": [device, channel]}, {} where there is none. known: every channel by device/channel,
    as Judging has them; lines: compiled, where the input gets its alarm unless it has one."""
    compiler.known_keys(table, _HERE, ("mains",))
    if not table:
        return {}
    mains = compiler.text(table, _HERE, "mains", None)
    path = (*_HERE, "mains")
    if mains not in known or known[mains][0].unit != "/":
        inputs = sorted(name for name, (channel, _) in known.items() if channel.unit == "/")
        compiler.wrong(
            path,
            f"expected a digital input as device/channel; known: {', '.join(inputs) or 'none'}",
        )
        return {}
    device, _, channel = mains.partition("/")
    for part in (part for line in lines for part in line["devices"] if part["name"] == device):
        if part["every_ms"] > SLOWEST_MS:
            compiler.wrong(path, f"{device} must be read every 2 s: a buffer does not last")
        if not any(rule["channel"] == channel for rule in part["alarms"]):
            part["alarms"].append(_gone(channel))
    return {"mains": [device, channel]}


def _gone(channel: str) -> dict[str, Any]:
    """Raised at the first 0, cleared at the first 1."""
    return {
        "channel": channel,
        "direction": -1,
        "limit": 1,
        "clear": 1,
        "for_ms": 0,
        "clear_ms": 0,
        "blind_ms": 0,
    }
