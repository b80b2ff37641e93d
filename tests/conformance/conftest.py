"""A real server on a database of its own, as the tests of real processes have it."""

from tests.live.conftest import app, city, folder, owner, server, settings

__all__ = ["app", "city", "folder", "owner", "server", "settings"]
