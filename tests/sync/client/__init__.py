"""A reference client of field apps: offline store, pull, push, overlay, wiping. Read `device.py` first.

It speaks to the server over HTTP alone and imports nothing of it, so that it can be read as an example
(docs/reference/mobile.md) and run against any server. The tests of faults run it, twenty at a time.
"""

from tests.sync.client.api import Api, NoAnswer, Refused, SignedOut, TryLater
from tests.sync.client.device import Device, UnsentWork
from tests.sync.client.store import Store

__all__ = ["Api", "Device", "NoAnswer", "Refused", "SignedOut", "Store", "TryLater", "UnsentWork"]
