"""Conversations between a device and the server, as docs/reference/sync-conversations.md shows them."""

from tests.sync.conversations.recorder import Recorder
from tests.sync.conversations.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "Recorder"]
