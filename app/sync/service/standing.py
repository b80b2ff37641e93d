"""Which buckets are an account's now, and how much of what stands in them it may have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sync.queries import standing as queries
from app.sync.queries.registry import ENTITIES, FORMS, Entity, Reader
from app.sync.rules import rights


@dataclass(frozen=True, slots=True)
class Standing:
    """`ways`: each bucket with the grounds on which it is the account's. `rights`: a digest of what it may do."""

    reader: Reader
    ways: dict[str, int]
    rights: str
    has_too_many_grids: bool


def stand(session: Session, actor: Actor, *, named: Collection[UUID], now: datetime) -> Standing:
    """All grids in scope, or of more than a hundred those named; what is not in scope is no bucket."""
    found = queries.scope(session, actor, named=named, now=now)
    zones = {UUID(id_): zone or "UTC" for id_, zone in orjson.loads(found["jurisdictions"])}
    ways = {"global": rights.way_of_rules(zones), f"worker:{actor.id}": 0}
    ways |= {f"unit:{unit_id}": 0 for unit_id in actor.unit_ids}
    ways |= {f"area:{area_id}": way for area_id, way in orjson.loads(found["areas"])}
    ways |= {f"grid:{grid_id}": way for grid_id, way in orjson.loads(found["grids"])}
    return Standing(
        Reader(actor, now, zones),
        ways,
        rights.digest(actor, forms=FORMS),
        found["grids_found"] > queries.GRIDS_AT_MOST,
    )


def may_have(actor: Actor, entity: Entity) -> bool:
    return entity.permission is None or actor.may(entity.permission)


def entities_for(actor: Actor) -> list[str]:
    return [entity.name for entity in ENTITIES if may_have(actor, entity)]
