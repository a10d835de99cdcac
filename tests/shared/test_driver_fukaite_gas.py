"""The Fukaite transmitter: decimals from a register. No reply of it is published."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.fukaite_gas import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "fukaite-gas"


def rtu(unit, words, function=3):
    data = b"".join([(word & 0xFFFF).to_bytes(2, "big") for word in words])
    return modbus.rtu_frame(unit, bytes((function, len(data))) + data)


def still(value):
    return Signal(Dice(1), value, 0, value, value)


CO = {"address": 1, "gas": "co"}
CASES = (
    (CO, [rtu(1, [123]), rtu(1, [1])], [("co", 1230, GOOD)]),
    (CO, [rtu(1, [123]), rtu(1, [9])], [("co", None, DEVICE_FAULT)]),
    ({"address": 1, "gas": "o2"}, [rtu(1, [2090])], [("o2", 2090, GOOD)]),
)


def twin(log):
    return Twin(1, {"co": still(250)}, log)


def test_fukaite_decimals_and_oxygen():
    driver = load("fukaite-gas")({"address": 1, "gas": "co"})
    assert not driver.proven
    assert read_with(driver, [rtu(1, [123]), rtu(1, [1])])[0].value == 1230
    assert read_with(driver, [rtu(1, [123]), rtu(1, [3])])[0].value == 12
    assert read_with(driver, [rtu(1, [123]), rtu(1, [9])])[0].quality == DEVICE_FAULT
    oxygen = load("fukaite-gas")({"address": 1, "gas": "o2"})
    assert read_with(oxygen, [rtu(1, [2090])])[0].value == 2090
