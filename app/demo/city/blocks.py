"""The blocks of the made-up city and what each is used for."""

from random import Random

import shapely
from shapely import STRtree
from shapely.geometry import Polygon

from app.demo.city.parts import Block
from app.demo.city.streets import Network

# Use, how many blocks, smallest and largest size in square metres.
_QUOTAS = (
    ("hospital", 1, 11_000, 30_000),
    ("station", 1, 5_000, 30_000),
    ("school", 9, 7_500, 22_000),
    ("market", 7, 3_500, 9_500),
    ("kindergarten", 11, 3_200, 8_000),
    ("park", 9, 3_200, 14_000),
    ("plaza", 3, 3_200, 9_000),
    ("office", 16, 4_500, 20_000),
    ("parking", 6, 3_200, 6_500),
)
_HOUSING_SHARES = {
    "old": (("terraced", 52), ("courtyard", 22), ("slabs", 26)),
    "new": (("slabs", 50), ("towers", 20), ("terraced", 14), ("courtyard", 16)),
}


def blocks(plan: Network, random: Random) -> list[Block]:
    """Return the blocks with their use. Equal uses lie far from each other."""
    pavements = plan.pavements
    tree = STRtree(pavements)
    results: list[tuple[Polygon, Polygon, str]] = []
    for cell, quarter in plan.cells:
        rest = cell.difference(shapely.unary_union([pavements[n] for n in tree.query(cell)]))
        plot = max(
            (
                part
                for part in getattr(rest, "geoms", [rest])
                if isinstance(part, Polygon) and not part.is_empty
            ),
            key=lambda part: part.area,
            default=cell,
        )
        results.append((cell, plot, quarter))
    uses: dict[int, str] = {}
    for use, count, least, most in _QUOTAS:
        for _ in range(count):
            number = _farthest(results, uses, use, least, most, plan, random)
            if number is not None:
                uses[number] = use
    made = []
    for number, (cell, plot, quarter) in enumerate(results):
        default = quarter if quarter in ("park", "water") else _housing(quarter, plot, random)
        made.append(Block(number, cell, plot, uses.get(number, default)))
    return made


def _housing(quarter: str, plot: Polygon, random: Random) -> str:
    if plot.area < 900:
        return "green"
    shares = _HOUSING_SHARES[quarter]
    return random.choices([style for style, _ in shares], [share for _, share in shares])[0]


# The plan of the city, and what is being chosen in it.
def _farthest(
    results: list[tuple[Polygon, Polygon, str]],
    uses: dict[int, str],
    use: str,
    least: float,
    most: float,
    plan: Network,
    random: Random,
) -> int | None:
    """Return the free block of a fitting size that is farthest from the blocks of the same use."""
    fitting = [
        n
        for n, (_, plot, quarter) in enumerate(results)
        if n not in uses and quarter not in ("park", "water") and least < plot.area < most
    ]
    if not fitting:
        return None
    random.shuffle(fitting)
    if use == "station" and plan.railway is not None:
        railway = plan.railway
        return min(fitting, key=lambda n: results[n][1].distance(railway))
    same = [results[n][1].centroid for n, taken in uses.items() if taken == use]
    if not same:
        return fitting[0]
    tree = STRtree(same)
    return max(
        fitting[:60], key=lambda n: tree.query_nearest(results[n][1].centroid, return_distance=True)[1][0]
    )
