"""The crowds use the server of the tests of real processes; the faults bring their own PostgreSQL."""

from tests.live.conftest import app, city, folder, online, owner, server, settings
from tests.sync.clusters import own_cluster

__all__ = ["app", "city", "folder", "online", "own_cluster", "owner", "server", "settings"]
