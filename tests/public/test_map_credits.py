"""The map of the page of a report: its attribution in the language of the page."""

from dataclasses import replace

import pytest

from tests.basemap.drawn_city import write_city


@pytest.mark.parametrize(
    ("language", "credit"),
    [("zh", "© OpenStreetMap 贡献者"), ("en", "© OpenStreetMap contributors")],
)
def test_attribution_of_map_is_in_language_of_page(city, app, monkeypatch, tmp_path, language, credit):
    place = city.in_grid("g1")
    base_map = write_city(tmp_path / "city.pmtiles", place["lon"], place["lat"])
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], base_map=base_map))
    page = app.test_client().get(f"/public/{city.code}/{language}/report/E0102")
    assert page.status_code == 200
    assert f'data-credits="{credit}' in page.text
