"""GCJ-02 and BD-09: published vectors, and round trips within 1e-11 degree."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.coordinates import CoordSys, from_wgs84, in_shifted_box, to_wgs84

ROUND_TRIP_DEG = 1e-11

# (source, wgs84, gcj02), to the five decimals its own test compares.
EVILTRANSFORM = [
    ("Shanghai", (121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ("Shenzhen", (113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ("Beijing", (116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]

# gcoord's test/fixtures/china-cities.json: (wgs84, gcj02, bd09) with seven decimals, taken from the
# map makers' own services. Those agree with the published formulas to about 1e-5 degree (one metre).
GCOORD_CITIES = [
    ("Zhumadian", (114.0164322, 33.0133556), (114.022306, 33.0115324), (114.0287781, 33.0176697)),
    ("Shaoyang", (111.4622119, 27.242124), (111.4677938, 27.2388981), (111.4742271, 27.2451662)),
    ("Nagqu", (92.0499619, 31.4784436), (92.0512438, 31.4762063), (92.0576832, 31.4824421)),
    ("Xichang", (102.2658401, 27.8850446), (102.2673386, 27.8816151), (102.2738428, 27.8876621)),
    ("Shantou", (116.6775114, 23.3567569), (116.6819735, 23.3540964), (116.6885014, 23.3598884)),
    ("Shenyang", (123.4253306, 41.8032629), (123.4314787, 41.8057023), (123.438095, 41.8114013)),
    ("Xilinhot", (116.0414035, 43.9312805), (116.0482308, 43.9334573), (116.0546232, 43.9397782)),
    ("Jinhua", (119.6427465, 29.0820414), (119.6474509, 29.0790641), (119.6538875, 29.0854003)),
    ("Jiuquan", (98.4937175, 39.7319946), (98.4943595, 39.7328234), (98.5008441, 39.7388949)),
]

inside_lon = st.floats(72.03, 137.80)
inside_lat = st.floats(0.86, 55.80)


@pytest.mark.parametrize(("name", "wgs84", "gcj02"), EVILTRANSFORM)
def test_gcj02_agrees_with_eviltransform(
    name: str, wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert from_wgs84(*wgs84, CoordSys.GCJ02) == pytest.approx(gcj02, abs=5e-6), name
    assert to_wgs84(*gcj02, CoordSys.GCJ02) == pytest.approx(wgs84, abs=5e-6), name


@pytest.mark.parametrize(
    ("point", "coord_sys", "expected"),
    [
        ((116.404, 39.915), "gcj02", (116.41024449916938, 39.91640428150164)),
        ((116.404, 39.915), "bd09", (116.41662724378733, 39.922699552216216)),
        ((122.99395597, 44.99804071), "bd09", (123.00636516028885, 45.0063690918959)),
    ],
)
def test_forward_transform_agrees_with_coordtransform(
    point: tuple[float, float], coord_sys: str, expected: tuple[float, float]
) -> None:
    # The values that Hutool's CoordinateUtilTest asserts of its port of wandergis/coordtransform.
    assert from_wgs84(*point, coord_sys) == pytest.approx(expected, abs=1e-12)


def test_inverse_transform_agrees_with_gcoord() -> None:
    # gcoord's test/unit/crs/GCJ02.spec.ts, five decimals.
    assert to_wgs84(123, 45, "gcj02") == pytest.approx((122.99395597, 44.99804071), abs=5e-6)


@pytest.mark.parametrize(("name", "wgs84", "gcj02", "bd09"), GCOORD_CITIES)
def test_transforms_agree_with_published_city_coordinates(
    name: str, wgs84: tuple[float, float], gcj02: tuple[float, float], bd09: tuple[float, float]
) -> None:
    assert to_wgs84(*gcj02, "gcj02") == pytest.approx(wgs84, abs=1e-5), name
    assert to_wgs84(*bd09, "bd09") == pytest.approx(wgs84, abs=1e-5), name
    assert from_wgs84(*wgs84, "bd09") == pytest.approx(bd09, abs=1e-5), name


@given(inside_lon, inside_lat, st.sampled_from(list(CoordSys)))
@example(105.0, 1.0, CoordSys.GCJ02)
@example(120.114, 30.279, CoordSys.BD09)
def test_round_trip_stays_within_stated_error(lon: float, lat: float, coord_sys: CoordSys) -> None:
    back = to_wgs84(*from_wgs84(lon, lat, coord_sys), coord_sys)
    assert back == pytest.approx((lon, lat), abs=ROUND_TRIP_DEG)


@given(inside_lon, inside_lat, st.sampled_from([CoordSys.GCJ02, CoordSys.BD09]))
def test_shifted_point_round_trips_through_wgs84(lon: float, lat: float, coord_sys: CoordSys) -> None:
    there = from_wgs84(*to_wgs84(lon, lat, coord_sys), coord_sys)
    assert there == pytest.approx((lon, lat), abs=ROUND_TRIP_DEG)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_gcj02_equals_wgs84_outside_shifted_box(lon: float, lat: float) -> None:
    if in_shifted_box(lon, lat):
        assert from_wgs84(lon, lat, "gcj02") != (lon, lat)
    else:
        assert from_wgs84(lon, lat, "gcj02") == (lon, lat)
        assert to_wgs84(lon, lat, "gcj02") == (lon, lat)


@given(inside_lon, inside_lat)
def test_gcj02_shift_is_below_1500_metres(lon: float, lat: float) -> None:
    there_lon, there_lat = from_wgs84(lon, lat, "gcj02")
    east_m = (there_lon - lon) * 111_320 * math.cos(math.radians(lat))
    north_m = (there_lat - lat) * 111_320
    assert 0 < math.hypot(east_m, north_m) < 1500


def test_unknown_system_and_nan_are_rejected() -> None:
    with pytest.raises(ValueError, match="cgcs2000"):
        to_wgs84(120.0, 30.0, "cgcs2000")
    with pytest.raises(ValueError, match="finite"):
        from_wgs84(math.nan, 30.0, "gcj02")
