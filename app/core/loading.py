"""Loading of a program's modules at its start."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load modules in the block without garbage collection.

    Modules make about a million objects that stay for the life of the process. The collector would go through all of them
    again and again while they are made, which is a quarter of the time of a start. Afterwards they are set aside from its
    rounds, so that processes forked later share their memory.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
