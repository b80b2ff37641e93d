"""The incidents of a simulated day, and the tasks of workers on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.dispatch.rules.ranking import Demand

HANDLE, CHECK = "handle", "check"


@dataclass(frozen=True, slots=True)
class Incident:
    """A reported incident of the simulated day.

    Attributes:
        at: Second of the report, from the start of the day.
        due: Second of the deadline, from the start of the day; None without a deadline.
        chain: Path of the area at each level.
        apart: Reason why the rules offer the incident to no worker (conduct, unit_queue, no_grid), or "".
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
    """The work of one worker on an incident: to handle it, or to check how it was handled.

    Times are seconds from the start of the day.

    Attributes:
        state: new, waiting, offered, open (offered to several workers), accepted, working, done, or apart (never
            dispatched).
        excluded: Workers who get no further offer, each with the reason.
        among: In state `open`: the workers whose offer is still open.
        offer: Number of the present offer. An answer with another number is too late and is ignored.
        expires_at: End of the present offer.
        offered_at, accepted_at, arrived_at, done_at: First offer, acceptance, arrival and end of the work.
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
        """Return the key by which the accepted tasks of a worker are sorted.

        Tasks of handling come before checks; then the order is by priority and deadline.
        """
        incident = self.incident
        return (
            self.role == CHECK,
            incident.priority,
            float("inf") if incident.due is None else incident.due,
            str(incident.id),
        )
