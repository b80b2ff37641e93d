"""The incidents of a day and what has to be done about each: values of the simulation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.dispatch.rules.ranking import Demand

HANDLE, CHECK = "handle", "check"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the simulated day.

    `at`, `due`: seconds from the start of the day (None: no limit). `chain`: the path of its area at each level.
    `apart`: the reason why the rules ask nobody (conduct, unit_queue, no_grid), or "".
    """

    id: UUID
    name: str
    at: int
    lon: float
    lat: float
    category: str
    priority: int
    skills: frozenset[str]
    chain: Mapping[str, str]
    due: int | None
    apart: str = ""


@dataclass(slots=True, eq=False)
class Task:
    """The work of one person on an incident: to handle it, or to check what somebody handled.

    `state`: new, waiting, offered, open (asked of several, `among`), accepted, working, done, apart. Times are seconds from
    the start, the first of each kind. `asked`: who is not to be asked (again) and why. `offer` counts offers, so that an answer
    to an old one is known; `expires_at`: when the present one ends.
    """

    incident: Incident
    role: str
    since: int
    state: str = "new"
    reason: str = ""
    excluded: dict[UUID, str] = field(default_factory=dict)
    among: set[UUID] = field(default_factory=set)
    was_asked_of_several: bool = False
    rounds: int = 0
    offer: int = 0
    expires_at: int = 0
    worker_id: UUID | None = None
    waiting_since: int | None = None
    offered_at: int | None = None
    accepted_at: int | None = None
    arrived_at: int | None = None
    done_at: int | None = None

    @property
    def demand(self) -> Demand:
        incident = self.incident
        # A check needs a pair of eyes, not the handler's skills.
        skills = incident.skills if self.role == HANDLE else frozenset[str]()
        return Demand(
            incident.id, self.role, incident.lon, incident.lat, skills, incident.priority, self.excluded
        )

    @property
    def urgency(self) -> tuple[bool, int, float, str]:
        """Return the sort key of a worker's tasks: handling first, then priority, then deadline."""
        incident = self.incident
        return (
            self.role == CHECK,
            incident.priority,
            float("inf") if incident.due is None else incident.due,
            str(incident.id),
        )
