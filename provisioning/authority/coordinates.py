"""Places name their datum, and are kept as CGCS2000: what maps in China show is converted here.

GCJ-02 is the shifted datum of Chinese map services, BD-09 Baidu's shift on top of it. Both shifts
are published in many independent programs, though by no standard; they hold within China only.
CGCS2000 and WGS 84 differ by centimetres and are taken as one.
"""

import math
from dataclasses import dataclass

from agent.errors import BadSettings

DATUMS = ("CGCS2000", "WGS84", "GCJ-02", "BD-09")

# Krasovsky 1940, on which the shift of GCJ-02 is computed: metres, and eccentricity squared.
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = math.pi * 3000 / 180
# The rectangle in which map services shift at all: longitudes, latitudes.
_EAST, _NORTH = (72.004, 137.8347), (0.8293, 55.8271)
_ROUNDS = 20  # the inverse is a fixed point: each round gains about two digits


@dataclass(frozen=True)
class Place:
    """CGCS2000, in 10**-7 degrees: 1 is about a centimetre."""

    longitude: int
    latitude: int

    def degrees(self) -> tuple[float, float]:
        """Longitude and latitude in degrees."""
        return self.longitude / 1e7, self.latitude / 1e7


def place(longitude: float, latitude: float, datum: str) -> Place:
    """The place that these degrees name in datum. BadSettings for an unknown datum or no place."""
    if datum not in DATUMS:
        raise BadSettings([f"unknown datum {datum!r}: expected {', '.join(DATUMS)}"])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        swapped = -180 <= latitude <= 180 and -90 <= longitude <= 90
        hint = " (longitude comes first)" if swapped else ""
        raise BadSettings([f"{longitude}, {latitude} is no place on earth{hint}"])
    if datum == "BD-09":
        longitude, latitude = _gcj_of_bd(longitude, latitude)
    if datum in ("GCJ-02", "BD-09"):
        longitude, latitude = _wgs_of_gcj(longitude, latitude)
    return Place(round(longitude * 1e7), round(latitude * 1e7))


def gcj_of_wgs(longitude: float, latitude: float) -> tuple[float, float]:
    """The GCJ-02 degrees of a place, for a map that expects them."""
    if not (_EAST[0] <= longitude <= _EAST[1] and _NORTH[0] <= latitude <= _NORTH[1]):
        return longitude, latitude
    x, y = longitude - 105.0, latitude - 35.0
    waves = 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (waves + _ripple(y, 20, 40) + _swell(y, 160, 320)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (waves + _ripple(x, 20, 40) + 150 * math.sin(math.pi * x / 12)) * 2 / 3
    east += 300 * math.sin(math.pi * x / 30) * 2 / 3
    angle = math.radians(latitude)
    magic = 1 - _ECCENTRICITY * math.sin(angle) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY) / (magic * math.sqrt(magic))
    parallel = _AXIS / math.sqrt(magic) * math.cos(angle)
    return longitude + math.degrees(east / parallel), latitude + math.degrees(north / meridian)


def bd_of_gcj(longitude: float, latitude: float) -> tuple[float, float]:
    """The BD-09 degrees of a place in GCJ-02."""
    radius = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BAIDU)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BAIDU)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def _ripple(value: float, first: float, second: float) -> float:
    return first * math.sin(math.pi * value) + second * math.sin(math.pi * value / 3)


def _swell(value: float, first: float, second: float) -> float:
    return first * math.sin(math.pi * value / 12) + second * math.sin(math.pi * value / 30)


def _wgs_of_gcj(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = longitude, latitude
    for _ in range(_ROUNDS):
        shifted = gcj_of_wgs(east, north)
        east += longitude - shifted[0]
        north += latitude - shifted[1]
    return east, north


def _gcj_of_bd(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = longitude - 0.0065, latitude - 0.006
    for _ in range(_ROUNDS):
        shifted = bd_of_gcj(east, north)
        east += longitude - shifted[0]
        north += latitude - shifted[1]
    return east, north
