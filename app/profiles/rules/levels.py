"""Levels of the division tree."""

from app.core.enumerations import Enumeration
from app.profiles.rules.schema_fields import Option

LEVELS = Enumeration(
    "AreaLevel",
    {
        "district": "区: the level of a county or city district",
        "street": "街道: the level of a street or town office",
        "community": "社区: the level of a residents' community or village",
        "grid": "网格: the smallest area",
    },
)
LEVEL_WORDS = {
    "district": ("district", "区"),
    "street": ("street", "街道"),
    "community": ("community", "社区"),
    "grid": ("grid", "网格"),
}


def level_option() -> Option:
    """Return a field for the name of a level."""
    return Option(LEVEL_WORDS, required=True, title="层级")
