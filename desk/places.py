"""Where a place is on a map.

Phones in China report places in GCJ-02, which is shifted by up to 600 m against the world's maps (WGS-84) in a way
that is public by now. We lead to OpenStreetMap, which wants the latter; turned back by iteration it is right within a
metre. Outside China nothing is shifted, nor in Taiwan, whose maps are the world's.
"""

from math import cos, pi, sin, sqrt
from urllib.parse import urlencode

_AXIS_M = 6_378_245.0
_ECCENTRICITY = 0.006693421622965943
_CHINA = ((73.66, 135.05), (3.86, 53.55))
_TAIWAN = ((119.9, 122.1), (21.7, 25.5))
ZOOM = 16


def map_address(latitude: float, longitude: float) -> str:
    """A map of the place that WeChat reported, with a mark on it."""
    latitude, longitude = world(latitude, longitude)
    mark = urlencode({"mlat": f"{latitude:.6f}", "mlon": f"{longitude:.6f}"})
    return f"https://www.openstreetmap.org/?{mark}#map={ZOOM}/{latitude:.6f}/{longitude:.6f}"


def is_shifted(latitude: float, longitude: float) -> bool:
    """Whether a place of these coordinates is reported in GCJ-02."""
    return _within(_CHINA, latitude, longitude) and not _within(_TAIWAN, latitude, longitude)


def world(latitude: float, longitude: float) -> tuple[float, float]:
    """The same place in WGS-84."""
    if not is_shifted(latitude, longitude):
        return latitude, longitude
    at = latitude, longitude
    for _ in range(3):
        shift = _shift(*at)
        at = latitude - shift[0], longitude - shift[1]
    return at


def _within(area: tuple[tuple[float, float], tuple[float, float]], latitude: float, longitude: float) -> bool:
    (west, east), (south, north) = area
    return west <= longitude <= east and south <= latitude <= north


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """By how much GCJ-02 shifts a place, in degrees."""
    x, y = longitude - 105, latitude - 35
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)
    ) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    curve = 1 - _ECCENTRICITY * sin(latitude / 180 * pi) ** 2
    return (
        north * 180 / (_AXIS_M * (1 - _ECCENTRICITY) / curve**1.5 * pi),
        east * 180 / (_AXIS_M / sqrt(curve) * cos(latitude / 180 * pi) * pi),
    )
