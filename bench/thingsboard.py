"""The rival that keeps readings, too: thingsboard-gateway, as its documentation sets it up.

It is installed from PyPI into build/thingsboard, an environment of its own, since it pins libraries
that others need newer. 100 Modbus TCP devices of ten registers at 1 Hz on the bench's gateway, a
read for each tag (its normal way) or one for all of a device, storage in SQLite, MQTT at QoS 1 to
mosquitto. Nothing is signed and nothing is acknowledged but by the broker.
"""

import asyncio
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import gateway
from bench.figure import median
from bench.gateway import Gateway
from bench.ten_registers import REGISTERS
from simulators.demo.broker import Broker

WANTED = ("thingsboard-gateway==3.8.5", "pymodbus==3.9.2", "pyserial", "pyserial-asyncio")
HOME = gateway.ROOT / "build" / "thingsboard"
DEVICES = 100
WAYS = ("a read for each tag", "one read for each device")
WARM_S, WINDOWS, WINDOW_S = 9, 3, 5
_NO_LIMITS = ("rateLimits", "dpRateLimits", "messagesRateLimits", "deviceMessagesRateLimits",
              "deviceRateLimits", "deviceDpRateLimits")  # fmt: skip


def is_here() -> bool:
    """Whether it is installed."""
    return (HOME / "ready").exists()


def install() -> Path:
    """Its interpreter. OSError if it cannot be installed."""
    python = HOME / "bin" / "python"
    if not is_here():
        for command in (
            [sys.executable, "-m", "venv", str(HOME)],
            [str(python), "-m", "pip", "install", "-q", *WANTED],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise OSError(5, f"{WANTED[0]} cannot be installed: {done.stderr[-300:]}")
        (HOME / "ready").touch()
    return python


def _slave(unit: int, port: int, whole: bool) -> dict[str, Any]:
    def tag(name: str, at: int, count: int) -> dict[str, Any]:
        return {"tag": name, "type": "16uint", "functionCode": 3, "objectsCount": count,
                "address": at}  # fmt: skip

    tags = [tag(f"r{at}", at, 1) for at in range(REGISTERS)]
    if whole:
        ranges = tag("r${address}", 0, REGISTERS)
        tags = [{**ranges, "address": f"0-{REGISTERS - 1}", "objectsCount": 1}]
    return {"host": "127.0.0.1", "port": port, "type": "tcp", "method": "socket", "unitId": unit,
            "deviceName": f"d{unit}", "deviceType": "default", "timeout": 5, "byteOrder": "BIG",
            "wordOrder": "BIG", "retries": 1, "retryOnEmpty": True, "retryOnInvalid": True,
            "pollPeriod": 1000, "connectAttemptTimeMs": 1000, "connectAttemptCount": 5,
            "waitAfterFailedAttemptsMs": 5000, "attributes": [], "timeseries": tags,
            "attributeUpdates": [], "rpc": []}  # fmt: skip


def _configure(folder: Path, modbus: int, mqtt: int, whole: bool) -> None:
    shipped = next(HOME.glob("lib/*/site-packages/thingsboard_gateway/config"))
    whole_file = json.loads((shipped / "tb_gateway.json").read_text(encoding="utf-8"))
    board = whole_file["thingsboard"]
    board |= {"host": "127.0.0.1", "port": mqtt, "remoteConfiguration": False}
    board |= dict.fromkeys(_NO_LIMITS, "0:0,")
    whole_file["storage"] = {"type": "sqlite", "data_file_path": "./data/",
                             "messages_ttl_check_in_hours": 1, "messages_ttl_in_days": 7,
                             "max_read_records_count": 1000, "size_limit": 1024,
                             "max_db_amount": 10, "oversize_check_period": 1,
                             "writing_batch_size": 10000}  # fmt: skip
    whole_file["connectors"] = [
        {"name": "Modbus", "type": "modbus", "configuration": "modbus.json"}
    ]
    slaves = [_slave(unit, modbus, whole) for unit in range(1, DEVICES + 1)]
    master = {"name": "Modbus", "logLevel": "ERROR", "master": {"slaves": slaves}}
    logs = (shipped / "logs.json").read_text(encoding="utf-8").replace('"INFO"', '"ERROR"')
    (folder / "tb_gateway.json").write_text(json.dumps(whole_file), encoding="utf-8")
    (folder / "modbus.json").write_text(json.dumps(master), encoding="utf-8")
    (folder / "logs.json").write_text(logs, encoding="utf-8")
    (folder / "logs").mkdir()


async def _measure(folder: Path, python: Path, whole: bool) -> tuple[list[float], list[float]]:
    """(CPU us for each register that was read, MB resident), of each window."""
    slaves, broker = Gateway(), Broker(folder)
    await slaves.start()
    await broker.start()
    _configure(folder, slaves.port, broker.port, whole)
    with open(folder / "said.log", "wb") as log:
        rival = await asyncio.create_subprocess_exec(
            python, "-m", "thingsboard_gateway.tb_gateway", cwd=folder, stdout=log, stderr=log,
            env={**os.environ, "TB_GW_CONFIG_DIR": str(folder)}, start_new_session=True,
        )  # fmt: skip
    try:
        await asyncio.sleep(WARM_S)
        marks, memory = [(gateway.cpu(rival.pid), slaves.values)], []
        for _ in range(WINDOWS):
            await asyncio.sleep(WINDOW_S)
            marks.append((gateway.cpu(rival.pid), slaves.values))
            memory.append(gateway.resident(rival.pid))
    finally:
        os.killpg(rival.pid, signal.SIGKILL)
        await rival.wait()
        await broker.stop()
        slaves.stop()
    read = marks[-1][1] - marks[0][1]
    least = DEVICES * REGISTERS * WINDOWS * WINDOW_S // 2
    if read < least:
        said = (folder / "said.log").read_text(encoding="utf-8")[-300:]
        raise OSError(5, f"thingsboard-gateway read {read} registers of {2 * least}: {said}")
    costs = [(after[0] - before[0]) / max(1, after[1] - before[1]) * 1e6
             for before, after in itertools.pairwise(marks)]  # fmt: skip
    return costs, memory


async def figures(used: float) -> list[dict[str, Any]]:
    """Beside what the node used for each reading in the same run (us); none, with the reason, where
    it cannot be installed or does not run."""
    rows = []
    try:
        python = await asyncio.to_thread(install)
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            found = await asyncio.gather(  # two cores, each a fifth busy at most
                _measure(Path(one), python, False), _measure(Path(other), python, True)
            )
        for how, (costs, memory) in zip(WAYS, found, strict=True):
            rival = f"thingsboard-gateway, {how}"
            beside = [used / cost for cost in costs]
            rows += [
                median(f"{rival}: CPU per reading", costs, "us"),
                median(f"{rival}: resident memory", memory, "MB"),
                median(f"node beside {rival}: CPU", beside, "times", rival=rival,
                       ratio=1 / statistics.median(beside)),
            ]  # fmt: skip
    except OSError as error:
        print(f"  thingsboard-gateway: left out: {error.strerror}")
    return rows
