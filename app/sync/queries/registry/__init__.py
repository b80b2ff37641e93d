"""What travels to phones: for each entity its buckets, who may have it, and its live rows as JSON. The one list.

A row's JSON depends on the row and the reader, never on the bucket. It names others by id, since what is told of them
changes with them. `log_change` of a table names the entity; a table whose rows travel inside others logs those.
"""

from app.sync.queries.registry.cases import ASSIGNMENT, INCIDENT, NOTE, OFFER
from app.sync.queries.registry.entity import Entity, Reader
from app.sync.queries.registry.letters import DEAD_LETTER
from app.sync.queries.registry.me import (
    ACCOUNT,
    DAY_PLAN,
    DUTY,
    FIGURE_CONTEST,
    RESPONSIBILITY,
    SHIFT,
    SOS,
    SUBSTITUTION,
    WORKER,
)
from app.sync.queries.registry.places import AREA, PROFILE, UNIT
from app.sync.queries.registry.register import (
    CARE_TAG,
    COMPONENT,
    CONSENT,
    HOUSEHOLD,
    PREMISES,
    RESIDENT,
    VISIT,
)

# Raised when the form of a row changes: phones are then sent everything anew, with the fields of now.
FORMS = 2

# The order in which a bucket is sent whole: what others refer to comes first.
ENTITIES: tuple[Entity, ...] = (
    *(PROFILE, UNIT, AREA, ACCOUNT, WORKER, RESPONSIBILITY, DUTY, SHIFT, SUBSTITUTION, SOS, DEAD_LETTER),
    FIGURE_CONTEST,
    *(PREMISES, HOUSEHOLD, RESIDENT, CARE_TAG, CONSENT, VISIT, COMPONENT, INCIDENT, ASSIGNMENT, OFFER, NOTE),
    DAY_PLAN,
)
BY_NAME = {entity.name: entity for entity in ENTITIES}

__all__ = ["BY_NAME", "ENTITIES", "FORMS", "Entity", "Reader"]
