"""Phones for tests of one thing at a time: a reference client behind a wire of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.factories import PASSWORD, Person
from tests.sync.client import Device
from tests.sync.wire import Wire


@contextlib.contextmanager
def phone_of(
    person: Person, folder: Path, port: int, *, sign_in: bool = True, kind: Any = Device, **options: Any
) -> Iterator[tuple[Any, Wire]]:
    """A phone of somebody that is signed in, and the network between it and the server."""
    wire = Wire(port, lambda number: None)
    folder.mkdir(exist_ok=True)
    device = kind(folder, f"http://127.0.0.1:{wire.port}", **options)
    try:
        if sign_in:
            device.sign_in(person.username, PASSWORD)
        yield device, wire
    finally:
        device.close()
        wire.close()
