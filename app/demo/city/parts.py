"""The parts of the made-up city: streets, blocks, buildings and landmarks. Positions in metres from its middle."""

import math
from dataclasses import dataclass
from functools import cached_property

from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

Position = tuple[float, ...]

# Half the width of a street in metres, from its middle to the plots beside it.
HALF_WIDTHS_M = {"primary": 15.0, "secondary": 10.0, "residential": 6.0, "path": 1.5, "rail": 9.0}


@dataclass(frozen=True, slots=True)
class Text:
    """A name in Chinese and English."""

    zh: str
    en: str

    @property
    def by_language(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Street:
    """A street, or a railway, by its middle line (`axis`).

    Attributes:
        kind: A key of HALF_WIDTHS_M.
    """

    name: Text
    kind: str
    axis: LineString | MultiLineString


@dataclass(frozen=True)
class Block:
    """A piece of land between streets.

    Attributes:
        cell: The land to the middle of the streets around it. The cells of a city have no gaps and do not overlap.
        plot: The land without the streets; the largest piece of it.
        style: How it is built up (`app.demo.city.buildings`).
    """

    number: int
    cell: Polygon
    plot: Polygon
    style: str

    @cached_property
    def middle(self) -> Point:
        return self.plot.representative_point()


@dataclass(frozen=True, slots=True)
class Building:
    """A building with its address.

    Attributes:
        number: House number; buildings of one compound share that of its gate.
        compound: Name of the compound, or None for a house on the street.
        building: Number of the building in the compound, from 1. A house on the street has 1.
    """

    shape: Polygon
    block: int
    street: Text
    number: int
    compound: Text | None
    building: int
    floors: int
    stairs: int
    is_dwelling: bool


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that people name: a school, a market, a stop.

    Attributes:
        kind: Kind of point of interest of the Protomaps schema, such as `school`.
        gate: Where people enter, at the edge of the street.
        street: Street of the address; None for a place without an address, such as a stop.
    """

    name: Text
    kind: str
    gate: Point
    block: int
    street: Text | None = None
    number: int = 0


def rectangle_sides(shape: BaseGeometry) -> tuple[tuple[Position, Position], tuple[Position, Position]]:
    """Return a short and a long side of the smallest rectangle around a shape, at any angle."""
    ring = list(shape.minimum_rotated_rectangle.boundary.coords)
    short, long = sorted(((ring[0], ring[1]), (ring[1], ring[2])), key=lambda side: math.dist(*side))
    return (short[0], short[1]), (long[0], long[1])
