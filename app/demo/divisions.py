"""The streets and communities of Xihu District: real codes and names, read from the data file."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import orjson

JURISDICTION = "330106"
GUDANG = "330106007"


@dataclass(frozen=True, slots=True)
class Community:
    """`near` is where in its street it lies, as shares of width and height; None: anywhere."""

    code: str
    name: dict[str, str]
    near: tuple[float, float] | None = None
    grids: int = 0


@dataclass(frozen=True, slots=True)
class Street:
    """`near` is about where its middle is (lon, lat)."""

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
    """Return the district of the data file."""
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
