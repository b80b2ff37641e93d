"""Real servers on a database of their own, as the tests of real processes have them."""

from tests.live.conftest import app, city, folder, owner, server, settings
from tests.sync.clusters import own_cluster

__all__ = ["app", "city", "folder", "own_cluster", "owner", "server", "settings"]
