"""Places that WeChat reports, on a map of the world."""

import pytest

from desk.places import is_shifted, map_address, world

SHIFTED = [  # WGS-84, GCJ-02
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("true", "reported"), SHIFTED)
def test_a_place_in_china_is_found_within_a_metre(true: tuple[float, float], reported: tuple[float, float]) -> None:
    assert world(*reported) == pytest.approx(true, abs=0.000_01)
    assert f"mlat={world(*reported)[0]:.6f}" in map_address(*reported)


@pytest.mark.parametrize("place", [(51.5007, -0.1246), (25.0330, 121.5654), (-33.8568, 151.2153), (0.0, 0.0)])
def test_elsewhere_a_place_is_where_it_is_said_to_be(place: tuple[float, float]) -> None:
    assert not is_shifted(*place)
    assert world(*place) == place


def test_the_map_has_a_mark_and_shows_the_streets_around_it() -> None:
    assert map_address(51.5007, -0.1246) == (
        "https://www.openstreetmap.org/?mlat=51.500700&mlon=-0.124600#map=16/51.500700/-0.124600"
    )


@pytest.mark.parametrize("hostile", [(float("nan"), 1.0), (1e308, -1e308), (float("inf"), 116.0)])
def test_coordinates_of_no_place_harm_nobody(hostile: tuple[float, float]) -> None:
    assert map_address(*hostile).startswith("https://www.openstreetmap.org/?mlat=")
