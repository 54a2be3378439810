"""Positions between the three systems, by published points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.material.coordinates import bd09, gcj02, to_wgs84


@pytest.mark.parametrize(
    ("wgs84", "shifted"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_the_shift_of_national_maps_is_as_published(wgs84: tuple[float, float], shifted: tuple[float, float]) -> None:
    assert gcj02(*wgs84) == pytest.approx(shifted, abs=1e-9)
    assert to_wgs84(*shifted, "GCJ02") == pytest.approx(wgs84, abs=2e-7)


@pytest.mark.parametrize(
    ("shifted", "wgs84"),
    [
        ((120.019809, 29.199786), (120.00877901149691, 29.196131605295484)),
        ((120.036455, 29.210504), (120.0253853970846, 29.206795749156136)),
    ],
)
def test_the_shift_of_baidu_maps_is_undone_to_within_fifty_metres_of_a_rougher_published_way_back(
    shifted: tuple[float, float], wgs84: tuple[float, float]
) -> None:
    assert to_wgs84(*shifted, "BD09") == pytest.approx(wgs84, abs=4e-4)


@given(st.floats(73, 135), st.floats(4, 53))
def test_there_and_back_leads_to_the_same_point(longitude: float, latitude: float) -> None:
    assert to_wgs84(*gcj02(longitude, latitude), "GCJ02") == pytest.approx((longitude, latitude), abs=1e-6)
    assert to_wgs84(*bd09(longitude, latitude), "BD09") == pytest.approx((longitude, latitude), abs=1e-6)


def test_outside_china_nothing_is_shifted() -> None:
    assert to_wgs84(-104.9903, 39.7392, "GCJ02") == (-104.9903, 39.7392)


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(KeyError):
        to_wgs84(117.97, 37.38, "CGCS2000")
