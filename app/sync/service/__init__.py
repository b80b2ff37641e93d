"""What the field apps ask for."""

from app.sync.service.alike import alike
from app.sync.service.buckets import whole_bucket
from app.sync.service.checksums import checksums
from app.sync.service.dead_letters import forget as forget_dead_letters
from app.sync.service.dead_letters import listing as list_dead_letters
from app.sync.service.dead_letters import resolve as resolve_dead_letter
from app.sync.service.pulling import offers_reached, pull
from app.sync.service.push import push

__all__ = [
    "alike",
    "checksums",
    "forget_dead_letters",
    "list_dead_letters",
    "offers_reached",
    "pull",
    "push",
    "resolve_dead_letter",
    "whole_bucket",
]
