"""Phones for tests of one thing at a time: a reference client behind a network of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.conformance.proxy import FaultyProxy
from tests.factories import PASSWORD, Person
from tests.sync.client import Device


@contextlib.contextmanager
def phone_of(
    person: Person, folder: Path, port: int, *, sign_in: bool = True, kind: Any = Device, **options: Any
) -> Iterator[tuple[Any, FaultyProxy]]:
    """A phone of somebody that is signed in, and the network between it and the server."""
    proxy = FaultyProxy(f"http://127.0.0.1:{port}", lambda number: None)
    folder.mkdir(exist_ok=True)
    device = kind(folder, f"http://127.0.0.1:{proxy.port}", **options)
    try:
        if sign_in:
            device.sign_in(person.username, PASSWORD)
        yield device, proxy
    finally:
        device.close()
        proxy.close()
