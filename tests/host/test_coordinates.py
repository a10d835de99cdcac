"""Places of other datums: the published shifts, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadSettings
from provisioning.authority import coordinates
from provisioning.authority.coordinates import Place


def test_the_published_example() -> None:
    """The values that the open conversion tables give for this point."""
    assert coordinates.gcj_of_wgs(116.404, 39.915) == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-9
    )
    assert coordinates.bd_of_gcj(116.404, 39.915) == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )


@given(st.floats(75, 134), st.floats(5, 53))
def test_there_and_back_within_two_centimetres(longitude: float, latitude: float) -> None:
    here = Place(round(longitude * 1e7), round(latitude * 1e7))
    shifted = coordinates.gcj_of_wgs(longitude, latitude)
    for datum, degrees in (("GCJ-02", shifted), ("BD-09", coordinates.bd_of_gcj(*shifted))):
        found = coordinates.place(*degrees, datum)
        assert abs(found.longitude - here.longitude) <= 2
        assert abs(found.latitude - here.latitude) <= 2


def test_abroad_nothing_is_shifted() -> None:
    assert coordinates.place(2.2945, 48.8584, "GCJ-02") == Place(22945000, 488584000)


@pytest.mark.parametrize(
    ("longitude", "latitude", "datum", "sentence"),
    [
        (104.0, 30.0, "gcj", "unknown datum"),
        (30.0, 104.0, "CGCS2000", "longitude comes first"),
        (300.0, 30.0, "CGCS2000", "no place"),
        (float("nan"), 30.0, "CGCS2000", "no place"),
    ],
)
def test_what_is_no_place_is_refused(
    longitude: float, latitude: float, datum: str, sentence: str
) -> None:
    with pytest.raises(BadSettings, match=sentence):
        coordinates.place(longitude, latitude, datum)
