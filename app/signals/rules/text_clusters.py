"""Search for unclassified reports that have similar words and lie near each other.

No database is used.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.geodesic import degrees_around, metres_between


@dataclass(frozen=True, slots=True)
class ReportText:
    """A case with its position (WGS 84) and the pairs of adjacent letters in its text."""

    id: UUID
    lon: float
    lat: float
    pairs: frozenset[str]


def text_clusters(
    reports: Sequence[ReportText], *, similarity: float, radius_m: float, least: int
) -> list[list[ReportText]]:
    """Return groups of at least `least` reports with similar texts that lie near each other.

    The largest group comes first. Each report of a group is similar to another report of the group within `radius_m`.

    Args:
        similarity: Least Dice coefficient of the letter pairs of two similar reports, 0 to 1.
    """
    leader = list(range(len(reports)))

    def lead(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    # Only reports of the same or an adjacent cell can be near enough, and only those with a common pair are compared.
    cells = _Cells(reports, radius_m)
    cells_by_pair: dict[tuple[int, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for n, report in enumerate(reports):
        common: dict[int, int] = defaultdict(int)
        for cell in cells.around(report):
            if cell in cells_by_pair:
                ids_by_pair = cells_by_pair[cell]
                for pair in report.pairs & ids_by_pair.keys():
                    for candidate in ids_by_pair[pair]:
                        common[candidate] += 1
        for pair in report.pairs:
            cells_by_pair[cells.of(report)][pair].append(n)
        for m, count in common.items():
            candidate_report = reports[m]
            if (
                2 * count >= similarity * (len(report.pairs) + len(candidate_report.pairs))
                and metres_between(report.lon, report.lat, candidate_report.lon, candidate_report.lat)
                <= radius_m
            ):
                leader[lead(n)] = lead(m)
    groups: dict[int, list[ReportText]] = defaultdict(list)
    for n, report in enumerate(reports):
        groups[lead(n)].append(report)
    large = [group for group in groups.values() if len(group) >= least]
    return sorted(large, key=lambda group: (-len(group), str(group[0].id)))


class _Cells:
    """A grid of cells over the globe, used to find reports near a report.

    A cell is at least `radius_m` wide and high. The last column is adjacent to the first one, as the globe is round.
    """

    def __init__(self, reports: Sequence[ReportText], radius_m: float) -> None:
        across, up = degrees_around(max((abs(report.lat) for report in reports), default=0.0), radius_m)
        self._up, self._columns = up, max(1, int(360 / across))

    def of(self, report: ReportText) -> tuple[int, int]:
        return int((report.lon + 180) / 360 * self._columns) % self._columns, int(
            (report.lat + 90) / self._up
        )

    def around(self, report: ReportText) -> set[tuple[int, int]]:
        x, y = self.of(report)
        return {((x + dx) % self._columns, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Return the vocabulary for `words_in_common`: character pairs of category names.

    Pairs of Latin letters are left out, because such pairs are no words and also occur in names of persons.
    """
    pairs = (name[i : i + 2] for name in names for i in range(len(name) - 1))
    return frozenset(pair for pair in pairs if pair.isalpha() and not pair.isascii())


def words_in_common(group: Sequence[ReportText], vocabulary: frozenset[str], most: int = 3) -> list[str]:
    """Return the letter pairs that more than half of a group have, the most frequent first.

    At most `most` pairs are returned, and only pairs in `vocabulary`. A pair that is not in `vocabulary` may be part of the
    name of a person.
    """
    counts: dict[str, int] = defaultdict(int)
    for report in group:
        for pair in report.pairs & vocabulary:
            counts[pair] += 1
    common = [pair for pair, n in counts.items() if 2 * n > len(group)]
    return sorted(common, key=lambda pair: (-counts[pair], pair))[:most]
