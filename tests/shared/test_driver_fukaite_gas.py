"""The Fukaite transmitter: decimals from a register. No reply of it is published."""

from agent.drivers import load
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.sensors.fukaite_gas import Twin
from tests.shared.vectors import read_with, rtu, still

MODEL = "fukaite-gas"


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
