"""The classes of requirements that are met. Each has tests of its name in tests/ogc."""

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
CONFORMS_TO: tuple[str, ...] = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
)
