"""The streets and communities of Xihu District, with real codes and names from a data file."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import orjson

JURISDICTION = "330106"
GUDANG = "330106007"


@dataclass(frozen=True, slots=True)
class Community:
    """A community (the administrative level below a street).

    Attributes:
        near: Approximate position in the street, as shares of its width and height. None: anywhere.
        grids: Number of grids to generate.
    """

    code: str
    name: dict[str, str]
    near: tuple[float, float] | None = None
    grids: int = 0


@dataclass(frozen=True, slots=True)
class Street:
    """A street (the administrative level below a district) with its communities.

    Attributes:
        near: Approximate position of its centre: (lon, lat) in WGS 84.
    """

    code: str
    name: dict[str, str]
    near: tuple[float, float]
    communities: tuple[Community, ...]


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: dict[str, str]
    source: str
    streets: tuple[Street, ...]

    @property
    def gudang(self) -> Street:
        return next(street for street in self.streets if street.code == GUDANG)


@cache
def district() -> District:
    """Return the district with its streets and communities, read from the data file."""
    data = orjson.loads((resources.files("app.demo") / "divisions.json").read_bytes())
    streets = tuple(
        Street(
            code=street["code"],
            name=street["name"],
            near=(street["near"][0], street["near"][1]),
            communities=tuple(
                Community(
                    code=community["code"],
                    name={"en": f"Community {community['code']}"} | community["name"],
                    near=(community["near"][0], community["near"][1]) if "near" in community else None,
                    grids=community.get("grids", 0),
                )
                for community in street["communities"]
            ),
        )
        for street in data["streets"]
    )
    return District(data["district"]["code"], data["district"]["name"], data["source"], streets)
