"""The crowds use the server of the tests of real processes; the faults bring their own PostgreSQL."""

from tests.live.conftest import app, city, folder, online, owner, server, settings

__all__ = ["app", "city", "folder", "online", "owner", "server", "settings"]
