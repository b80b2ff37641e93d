"""The sync scope of an account: the buckets it may read, and a digest of its rights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sync.queries import sync_scope as queries
from app.sync.queries.registry import ENTITIES, FORMS, TRANSITIONS, Entity, Reader
from app.sync.rules import rights


@dataclass(frozen=True, slots=True)
class SyncScope:
    """The buckets that an account may read.

    Attributes:
        grounds: For each bucket, the reasons for access as a bit mask.
        rights: Digest of the account's roles and permissions.
        has_too_many_grids: The account has more than MAX_GRIDS grids, so only the requested grids are in the scope.
    """

    reader: Reader
    grounds: dict[str, int]
    rights: str
    has_too_many_grids: bool


def resolve_sync_scope(
    session: Session, actor: Actor, *, named: Collection[UUID], now: datetime
) -> SyncScope:
    """Return the sync scope of the actor: the buckets that the account may read.

    `named`: ids of the grids to use if the actor has more than MAX_GRIDS grids.
    """
    return scope_of(actor, queries.load_scope(session, actor, named_grid_ids=named, now=now), now=now)


def scope_of(actor: Actor, row: RowMapping | Mapping[str, Any], *, now: datetime) -> SyncScope:
    """Return the sync scope that is made of the row of `queries.load_scope`."""
    zones = {UUID(id_): zone or "UTC" for id_, zone in orjson.loads(row["jurisdictions"])}
    grounds = {"global": rights.global_grounds(zones, constants=TRANSITIONS), f"worker:{actor.id}": 0}
    grounds |= {f"unit:{unit_id}": 0 for unit_id in actor.unit_ids}
    grounds |= {f"area:{area_id}": area_grounds for area_id, area_grounds in orjson.loads(row["areas"])}
    grounds |= {f"grid:{grid_id}": area_grounds for grid_id, area_grounds in orjson.loads(row["grids"])}
    return SyncScope(
        Reader(actor, now, zones),
        grounds,
        rights.digest(actor, forms=FORMS),
        row["grids_found"] > queries.MAX_GRIDS,
    )


def can_read(actor: Actor, entity: Entity) -> bool:
    """Return True if the actor has, in any area, the permission to read rows of the entity."""
    return entity.permission is None or actor.may(entity.permission)


@lru_cache(maxsize=2_000)
def readable_entities(actor: Actor) -> tuple[str, ...]:
    """Return the names of the kinds of rows (entities) that the actor may read."""
    return tuple(entity.name for entity in ENTITIES if can_read(actor, entity))
