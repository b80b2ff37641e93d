"""Registry of synchronised entities: the kinds of rows that devices store."""

from app.sync.queries.registry.areas import TRANSITIONS
from app.sync.queries.registry.entities import BY_NAME, ENTITIES, FORMS
from app.sync.queries.registry.entity import Entity, Reader

__all__ = ["BY_NAME", "ENTITIES", "FORMS", "TRANSITIONS", "Entity", "Reader"]
