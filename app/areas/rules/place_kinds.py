"""Kinds of named places, which areas, calls for help and cases name."""

from app.core.enumerations import Enumeration

PLACE_KINDS = Enumeration(
    "PlaceKind",
    {
        "address": "a numbered building; for roles that may read addresses",
        "landmark": "a shop, company, institution or site, by the name over its door",
        "street": "a street within one area",
        "compound": "a compound of buildings; for roles that may read addresses",
        "grid": "a grid",
        "area": "an area above the grids",
        "component": "a component, found by its number",
    },
)
