"""The kinds of network faults, and the plan of faults.

The plan decides by a seed which request gets which fault.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "request_lost": "The server never receives the request; the connection closes.",
    "request_cut": "The server receives the first part of the request; the connection closes.",
    "answer_lost": "The server handles the request; the client receives nothing.",
    "answer_cut": "The server handles the request; the client receives the first part of the answer.",
    "doubled": "The server receives the request twice, one after the other.",
    "doubled_at_once": "The server receives the request twice at the same time.",
    "delayed": "The server receives the request later, while the client waits for its answer.",
    "late": "The client receives nothing; the server receives the request after those that the client sends next.",
    "unavailable": "The proxy answers 503 with Retry-After; the server never receives the request.",
    "portal": "The proxy answers 200 with the HTML page of a captive portal; the server never receives the request.",
    "slow": "Request and answer arrive in small pieces.",
}
DEFAULT_RATE = 0.04
DELAYS_S = (0.05, 0.2, 0.5)


@dataclass(frozen=True)
class Fault:
    """One fault of the network.

    Attributes:
        part: Where the message is cut, as a share of its bytes.
        byte: Where the message is cut, as a number of bytes. None: `part` decides.
        seconds: Length of a delay.
    """

    kind: str
    part: float = 0.5
    seconds: float = 0.2
    byte: int | None = None

    def first_part_of(self, message: bytes) -> bytes:
        return message[: int(len(message) * self.part) if self.byte is None else self.byte]


@dataclass(frozen=True)
class FaultPlan:
    """A function from the number of a request to its fault, determined by the seed alone.

    Attributes:
        rates: The probability of each kind for one request. Their sum is at most 1.
        requests: Requests from this number on have no fault.
    """

    seed: int
    rates: Mapping[str, float]
    requests: int

    def __call__(self, number: int) -> Fault | None:
        if number >= self.requests:
            return None
        dice = random.Random(f"{self.seed} {number}")
        point = dice.random()
        for kind in KINDS:
            point -= self.rates.get(kind, 0.0)
            if point < 0:
                return Fault(kind, part=dice.random(), seconds=dice.choice(DELAYS_S))
        return None
