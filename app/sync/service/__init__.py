"""Service functions of synchronisation."""

from app.sync.service.buckets import whole_bucket
from app.sync.service.checksums import checksums
from app.sync.service.dead_letters import delete_older as forget_dead_letters
from app.sync.service.dead_letters import listing as list_dead_letters
from app.sync.service.dead_letters import lock_letter as lock_dead_letter
from app.sync.service.dead_letters import resolve as resolve_dead_letter
from app.sync.service.duplicate_candidates import duplicate_candidates
from app.sync.service.next_checkpoint import pull_next
from app.sync.service.pull_pages import mark_offers_delivered, pull
from app.sync.service.push import push

__all__ = [
    "checksums",
    "duplicate_candidates",
    "forget_dead_letters",
    "list_dead_letters",
    "lock_dead_letter",
    "mark_offers_delivered",
    "pull",
    "pull_next",
    "push",
    "resolve_dead_letter",
    "whole_bucket",
]
