"""The list of all synchronised entities.

Rules for the definition of an entity: The JSON of a row depends on the row and the reader, never on the bucket. The JSON
refers to other rows by id only, because the fields of another row may change without a change of this row. The database
trigger `log_change` of a table logs each change under the name of an entity. If a table is embedded in the JSON of another
entity, its trigger logs changes of that entity.
"""

from app.sync.queries.registry.areas import AREA, PROFILE, UNIT
from app.sync.queries.registry.cases import ASSIGNMENT, INCIDENT, NOTE, OFFER
from app.sync.queries.registry.dead_letters import DEAD_LETTER
from app.sync.queries.registry.entity import Entity
from app.sync.queries.registry.notices import NOTICE, NOTICE_TASK
from app.sync.queries.registry.own_records import (
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
from app.sync.queries.registry.register import (
    CARE_TAG,
    COMPONENT,
    CONSENT,
    HOUSEHOLD,
    PREMISES,
    RESIDENT,
    VISIT,
)

# A higher number has devices fetch everything anew, with the present fields of rows.
FORMS = 2

# The order in which a bucket is sent whole: entities that others refer to come first.
ENTITIES: tuple[Entity, ...] = (
    *(PROFILE, UNIT, AREA, ACCOUNT, WORKER, RESPONSIBILITY, DUTY, SHIFT, SUBSTITUTION, SOS, DEAD_LETTER),
    FIGURE_CONTEST,
    *(PREMISES, HOUSEHOLD, RESIDENT, CARE_TAG, CONSENT, VISIT, COMPONENT, INCIDENT, ASSIGNMENT, OFFER, NOTE),
    *(DAY_PLAN, NOTICE, NOTICE_TASK),
)
BY_NAME = {entity.name: entity for entity in ENTITIES}
