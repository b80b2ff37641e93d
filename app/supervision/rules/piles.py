"""Reports without a category that say much the same at much the same place, as groups. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.sphere import metres_between


@dataclass(frozen=True, slots=True)
class Said:
    """A case, its place, and the pairs of letters of its words."""

    id: UUID
    lon: float
    lat: float
    pairs: frozenset[str]


def piles(said: Sequence[Said], *, alike: float, radius_m: float, least: int) -> list[list[Said]]:
    """Groups of `least` or more, the largest first: each member is like another one and no further from it than that."""
    leader = list(range(len(said)))

    def lead(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    having: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(said):
        common: dict[int, int] = defaultdict(int)
        for pair in one.pairs:
            for other in having[pair]:
                common[other] += 1
            having[pair].append(n)
        for m, count in common.items():
            other_one = said[m]
            if (
                2 * count >= alike * (len(one.pairs) + len(other_one.pairs))
                and metres_between(one.lon, one.lat, other_one.lon, other_one.lat) <= radius_m
            ):
                leader[lead(n)] = lead(m)
    groups: dict[int, list[Said]] = defaultdict(list)
    for n, one in enumerate(said):
        groups[lead(n)].append(one)
    large = [group for group in groups.values() if len(group) >= least]
    return sorted(large, key=lambda group: (-len(group), str(group[0].id)))


def words_in_common(group: Sequence[Said], most: int = 3) -> list[str]:
    """The pairs of letters that most of a group have, the commonest first: what it is about."""
    counts: dict[str, int] = defaultdict(int)
    for one in group:
        for pair in one.pairs:
            if pair.isalnum():
                counts[pair] += 1
    common = [pair for pair, n in counts.items() if 2 * n > len(group)]
    return sorted(common, key=lambda pair: (-counts[pair], pair))[:most]
