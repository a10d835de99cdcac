"""The DYP ultrasonic sensor against its published replies."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.sensors.dyp_ultrasonic import Twin
from tests.shared.vectors import frame, read_with, rtu, still, values

MODEL = "dyp-ultrasonic"


OPTIONS = {"address": 1, "mount": 3200}
CASES = (
    (
        OPTIONS,
        [frame("mb-001")[1], frame("mb-003")[1]],
        [("level", 2446, GOOD), ("distance", 754, GOOD), ("temperature", 300, GOOD)],
    ),
    (
        OPTIONS,
        [rtu(1, [0xFFFF]), rtu(1, [215])],
        [
            ("level", -62335, OUT_OF_RANGE),
            ("distance", 65535, OUT_OF_RANGE),
            ("temperature", 215, GOOD),
        ],
    ),
)


def twin(log):
    return Twin(1, {"level": still(40), "temperature": still(-11)}, log)


def test_dyp_published_distance_and_temperature():
    driver = load("dyp-ultrasonic")({"address": 1, "mount": 3200})
    request, distance, _ = frame("mb-001")
    _, temperature, _ = frame("mb-003")
    script = driver.read()
    assert next(script).open("rtu", 0)[0] == request
    script.close()
    readings = read_with(driver, [distance, temperature])
    assert values(readings) == [
        ("level", 3200 - 754, GOOD),
        ("distance", 754, GOOD),
        ("temperature", 300, GOOD),
    ]
    assert readings[0].unit == "m" and readings[0].exponent == -3


def test_dyp_without_echo_is_out_of_range_and_never_a_safe_level():
    driver = load("dyp-ultrasonic")({"address": 1, "mount": 3200})
    for distance in (0, 100, 7600, 0xFFFF):
        readings = read_with(driver, [rtu(1, [distance]), rtu(1, [215])])
        assert readings[0].quality == readings[1].quality == OUT_OF_RANGE, distance
