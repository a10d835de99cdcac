"""The rival: what a user would write with pymodbus and paho-mqtt, nothing kept and nothing signed.

``python -m bench.script MODBUS_PORT MQTT_PORT DEVICES``: reads so many devices of ten registers
each second and publishes one JSON object for each, at QoS 1.
"""

import json
import sys
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import ModbusTcpClient

REGISTERS = 10


def message(unit: int, registers: list[int], now: float) -> tuple[str, str]:
    """(topic, text) of one read-out."""
    values = {f"r{at}": value for at, value in enumerate(registers)}
    return f"script/d{unit}", json.dumps({"device": f"d{unit}", "ts": now, "values": values})


def main() -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect_async("127.0.0.1", int(sys.argv[2]))
    client.loop_start()
    gateway: Any = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]))
    gateway.connect()
    due = time.time()
    while True:
        for unit in range(1, int(sys.argv[3]) + 1):
            reply = gateway.read_holding_registers(0, count=REGISTERS, device_id=unit)
            client.publish(*message(unit, reply.registers, time.time()), qos=1)
        due += 1
        time.sleep(max(0, due - time.time()))


if __name__ == "__main__":
    main()
