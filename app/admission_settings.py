"""Settings of admission under overload, which are a part of `app.settings`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """Settings of an operator for requests that wait for a thread (`app.rsgi.admission`).

    Attributes:
        admission_waiting: Requests of one priority that wait in one process.
        admission_burst_seconds: How long a queue is a burst, in which requests may wait for as long.
        admission_wait_seconds: How long a read waits if the queue has lasted longer than that.
    """

    admission_waiting: int = 1_000
    admission_burst_seconds: float = 5.0
    admission_wait_seconds: float = 1.0


def _number(text: str) -> int:
    if not 1 <= int(text) <= 100_000:
        raise ValueError
    return int(text)


def _seconds(text: str) -> float:
    if not 0.01 <= float(text) <= 600:
        raise ValueError
    return float(text)


# As `app.settings.VARIABLES`.
ADMISSION_VARIABLES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "GRIDWARD_ADMISSION_WAITING": ("admission_waiting", _number, "a whole number from 1 to 100000"),
    "GRIDWARD_ADMISSION_BURST_SECONDS": ("admission_burst_seconds", _seconds, "seconds from 0.01 to 600"),
    "GRIDWARD_ADMISSION_WAIT_SECONDS": ("admission_wait_seconds", _seconds, "seconds from 0.01 to 600"),
}
