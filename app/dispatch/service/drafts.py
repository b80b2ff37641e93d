"""Placements that are decided and not yet written, and candidates that were read before they are judged.

With both, the report of a case needs two statements: one reads what the decision needs, one writes placement and case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.dispatch.rules.ranking import Demand


@dataclass(frozen=True, slots=True)
class Placement:
    """The outcome of looking for a worker, with the reason code.

    The outcome is offered, accepted, queued (for a unit) or waiting.
    """

    outcome: str
    reason: str
    assignment_id: UUID | None
    worker_id: UUID | None
    offer_expires_at: datetime | None
    overridden: tuple[str, ...] = ()


@dataclass(slots=True)
class PlacementDraft:
    """A placement of which the caller writes the rows, in one statement with its own.

    The outcome is what it is if the first ranked worker still has capacity when the statement locks the worker's load.
    Otherwise the statement must write nothing, and the caller writes the draft with `write_draft`.

    Attributes:
        values: Binds of the statement that writes the placement. Empty: there is no draft.
        outcome: The outcome that the rows of `values` have. None: there is no draft.
    """

    values: dict[str, Any] = field(default_factory=dict)
    outcome: Placement | None = None

    def hold(self, values: dict[str, Any]) -> Placement:
        """Keep the values of a placement and return its outcome.

        Args:
            values: Binds of `queries.placements.write_placement`.
        """
        self.values = values
        self.outcome = _outcome_of(values)
        return self.outcome

    @property
    def first_choice(self) -> dict[str, Any]:
        """The values with which only the first ranked worker gets the work."""
        return self.values | {"ranked": self.values["ranked"][:1]}


def _outcome_of(values: Mapping[str, Any]) -> Placement:
    assignment_id: UUID = values["assignment_id"]
    if values["ranked"]:
        worker_id = values["ranked"][0]
        is_accepted = values["is_accepted"]
        return Placement(
            "accepted" if is_accepted else "offered",
            values["first_reason"],
            assignment_id,
            worker_id,
            None if is_accepted else values["expires_at"],
        )
    if values["unit_id"] is not None:
        return Placement("queued", values["queue_reason"], assignment_id, None, None)
    return Placement("waiting", values["run_reason"], None, None, None)


@dataclass(frozen=True, slots=True)
class ReadRing:
    """The candidates of one area around a case, read before it was known that they are needed.

    They are used only if exactly these candidates are needed; otherwise they are read again.

    Attributes:
        ring: Level of the area.
        ring_path: Path of the area. None: the case is in no area of this level.
        grid_path: Path of the grid of the case.
        skills: Skills that the statement put first.
        rows: As from the query of candidates.
    """

    ring: str
    ring_path: str | None
    grid_path: str | None
    skills: frozenset[str]
    rows: Sequence[Mapping[str, Any]]

    def has(self, demand: Demand, *, ring: str, ring_path: str, grid_path: str | None) -> bool:
        """Return True if the rows are those that a query for the demand would return."""
        return (
            not demand.excluded
            and demand.skills == self.skills
            and (ring, ring_path, grid_path) == (self.ring, self.ring_path, self.grid_path)
        )
