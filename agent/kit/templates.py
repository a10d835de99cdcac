"""What `pole driver new` writes: a device with two channels, to be replaced by the datasheet's."""

_MODBUS_DRIVER = '''\
"""{title}, Modbus RTU. Unproven.

Source: name the manual here, its edition and the page of the table, and what is not in it.
Factory setting: 9600 8N1, address 1.
"""

from agent.drivers.modbus import HOLDING, ModbusDevice, int16, uint16


class Device(ModbusDevice):
    model = "{model}"
    title = "{title}"
    kind = "{kind}"
    proven = False
    source = "no manual yet: the table is made up"
    table = HOLDING
    fields = (
        uint16(0x0000, "level", "m", -3, 0, 5000, sentinels=(0xFFFF,)),
        int16(0x0001, "temperature", "Cel", -1, -400, 850),
    )
'''

_MODBUS_TWIN = '''\
"""The twin of {driver_module}, made from its table."""

from {driver_module} import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: level (mm), temperature (0.1 °C)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)
'''

_MODBUS_TEST = '''\
"""{title} under the contract. The replies are made up: put captured ones here."""

import sys

from agent.drivers.modbus import HOLDING
from agent.protocols.modbus import rtu_frame
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world import driver_contract
from simulators.world.dice import Dice
{inside}from simulators.world.signal import Signal
{outside}
MODEL = "{driver}"


def reply(registers):
    """What unit 1 answers: the registers of one ask, in hex."""
    data = bytes.fromhex(registers)
    return rtu_frame(1, bytes((HOLDING, len(data))) + data)


# (options, the reply to each ask, the readings): 1.234 m and 25.3 °C, and no level at all.
CASES = (
    (
        {{"address": 1}},
        [reply("04d2 00fd")],
        [("level", 1234, GOOD), ("temperature", 253, GOOD)],
    ),
    (
        {{"address": 1}},
        [reply("ffff fff1")],
        [("level", None, DEVICE_FAULT), ("temperature", -15, GOOD)],
    ),
)


def twin(log):
    """Steady signals, one for each channel that is measured."""
    values = (("level", 1234), ("temperature", -15))
    signals = {{name: Signal(Dice(1), value, 0, value, value) for name, value in values}}
    return Twin(1, signals, log)


def test_the_contract():
    assert driver_contract.check(sys.modules[__name__]) == []
'''

_SERIAL_DRIVER = '''\
"""{title}, serial, asked. Unproven.

Source: name the manual here, its edition and page. A question "R" is answered by five bytes: AA,
a status (0 is good), the value (high byte first, mm), and the sum of the four bytes before.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, fault, reading
from agent.reading import Channel

READ = b"R\\r"
SIZE = 5
START = b"\\xaa"


def check(frame):
    """Whether the last byte is the sum of those before."""
    return sum(frame[:4]) & 0xFF == frame[4]


class Device(Driver):
    model = "{model}"
    title = "{title}"
    kind = "{kind}"
    proven = False
    source = "no manual yet: the protocol is made up"
    channels = (Channel("level", "m", -3, 0, 5000),)

    def read(self):
        """Ask for the level."""
        frame = yield ask(READ, SIZE, START, check, self.timeout_ms)
        if frame[1]:
            return [fault(self.channels[0])]
        return [reading(self.channels[0], frame[2] << 8 | frame[3])]
'''

_SERIAL_TWIN = '''\
"""The twin of {driver_module}."""

from simulators.world.sensors.twin import AskedTwin


class Twin(AskedTwin):
    """signals: level (mm)."""

    question = b"R\\r"

    def frame(self, now_ms):
        value = self.measured("level", now_ms)
        frame = bytes((0xAA, 0, value >> 8, value & 0xFF))
        return frame + bytes((sum(frame) & 0xFF,))
'''

_SERIAL_TEST = '''\
"""{title} under the contract. The replies are made up: put captured ones here."""

import sys

from agent.reading import DEVICE_FAULT, GOOD
from simulators.world import driver_contract
from simulators.world.dice import Dice
{inside}from simulators.world.signal import Signal
{outside}
MODEL = "{driver}"
# (options, the reply to each ask, the readings): 1.234 m, and a fault.
CASES = (
    ({{}}, [b"\\xaa\\x00\\x04\\xd2\\x80"], [("level", 1234, GOOD)]),
    ({{}}, [b"\\xaa\\x01\\x00\\x00\\xab"], [("level", None, DEVICE_FAULT)]),
)


def twin(log):
    return Twin({{"level": Signal(Dice(1), 1234, 0, 1234, 1234)}}, log)


def test_the_contract():
    assert driver_contract.check(sys.modules[__name__]) == []
'''

_TEMPLATES = {
    "modbus": (_MODBUS_DRIVER, _MODBUS_TWIN, _MODBUS_TEST),
    "serial": (_SERIAL_DRIVER, _SERIAL_TWIN, _SERIAL_TEST),
}


def filled(protocol: str, words: dict[str, str]) -> list[str]:
    """The texts of driver, twin and test for a protocol ("modbus" or "serial")."""
    return [template.format(**words) for template in _TEMPLATES[protocol]]
