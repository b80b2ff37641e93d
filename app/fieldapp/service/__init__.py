"""What the field apps ask for."""

from app.fieldapp.service.alike import alike
from app.fieldapp.service.buckets import whole_bucket
from app.fieldapp.service.checksums import checksums
from app.fieldapp.service.dead_letters import forget as forget_dead_letters
from app.fieldapp.service.dead_letters import listing as list_dead_letters
from app.fieldapp.service.dead_letters import resolve as resolve_dead_letter
from app.fieldapp.service.pulling import offers_reached, pull
from app.fieldapp.service.push import push

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
