"""An alarm on the real thing: the Linux node as a process, Modbus TCP, mosquitto on loopback.

Measured from the gateway's reply that carries the crossed distance to the alarm's frame at a
subscriber of the broker (behind that reply the driver still asks for the temperature).
"""

import asyncio
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.protocols import carriage
from agent.reading import ALARM
from bench import gateway
from bench.figure import figure, half_range, median
from bench.gateway import Gateway
from simulators.demo.broker import Broker

MOUNT, CALM, FLOOD = 3200, 20, 500  # mm
DISTANCE = 0x0100  # the register
ALARMS = 20
LONGEST_S = 180
_DEVICE = """\
[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "1s"
mount = "3200 mm"
alarm.level = { above = "300 mm", clear = "250 mm" }
"""


class _Level(Gateway):
    """A level sensor; ``told``: when the level was first replied."""

    level, told = CALM, 0.0

    def registers(self, unit: int, at: int, count: int) -> bytes:
        self.asked += 1
        if at != DISTANCE:
            return (215).to_bytes(2, "big")
        self.told = self.told or time.monotonic()
        return (MOUNT - self.level).to_bytes(2, "big")

    def change(self) -> None:
        """It floods, or falls dry."""
        self.level, self.told = CALM + FLOOD - self.level, 0.0


class _Subscriber:
    """``came``: when each alarm's frame was there."""

    def __init__(self, port: int) -> None:
        self.came: list[float] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda *_: self.came.append(time.monotonic())
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(carriage.up_topic(gateway.POLE, ALARM), 1)
        self.client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self.client.disconnect()
        self.client.loop_stop()


async def _measure(folder: Path) -> list[dict[str, Any]]:
    sensor, broker = _Level(), Broker(folder)
    await sensor.start()
    await broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    platform = gateway.platform(folder, url)
    await platform.start()
    gateway.write_settings(folder, "mqtt", url, sensor.port, _DEVICE)
    subscriber = _Subscriber(broker.port)
    node = await gateway.start_node(folder)
    while platform.store.count("readings") == 0 and sensor.asked < 6:
        await asyncio.sleep(0.1)
    found = []
    for number in range(1, ALARMS + 1):
        await asyncio.sleep(0.3)
        sensor.change()
        while len(subscriber.came) < number:
            await asyncio.sleep(0.01)
        found.append(subscriber.came[-1] - sensor.told)
    node.send_signal(signal.SIGTERM)
    await node.wait()
    subscriber.stop()
    await platform.stop()
    await broker.stop()
    sensor.stop()
    name = "alarm to the broker, Linux node, real mosquitto, idle"
    return [
        median(f"{name}: median of {ALARMS}", found, "s"),
        figure(f"{name}: longest", max(found), "s", half_range(found), bar=0.2),
    ]


def figures() -> list[dict[str, Any]]:
    """One run."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(asyncio.wait_for(_measure(Path(folder)), LONGEST_S))
