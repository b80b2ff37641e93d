"""The plan of twenty phones and of the faults that they meet: a pure function of the seed."""

import random
from dataclasses import dataclass, field
from functools import cached_property

from app.conformance.faults import DELAYS_S, KINDS, Fault

# Of so many requests of a phone each kind of fault befalls one; the rest get through.
DECK = 28
# What a worker does, and how often of a hundred times.
DEEDS = {
    "rename": 34,
    "correct": 8,
    "visit": 18,
    "report": 9,
    "note": 5,
    "settle": 6,
    "care": 4,
    "care no more": 3,
    "undo": 2,
    "work": 5,
    "together": 3,
    "duty": 1,
    "nonsense": 2,
}
YEARS = (0, 0, 0, 2, -2)


@dataclass(frozen=True)
class Size:
    phones: int = 20
    deeds: int = 10_000
    faults: int = 100  # of each kind in the network, in the phones and in the office, at least
    kills: int = 100  # of each kind of process


@dataclass(frozen=True)
class Deed:
    """One thing a worker does; `dice` picks on what, among what the worker then sees."""

    kind: str
    dice: float
    marker: str  # nobody else ever writes this


@dataclass(frozen=True)
class Round:
    """Some deeds without a network, then a sync."""

    deeds: tuple[Deed, ...]
    crash_in: int | None = None  # steps of the client until it dies
    is_double: bool = False  # two sync workers at once
    clock_years: float | None = None  # the phone's clock jumps there
    renews: bool = False


@dataclass(frozen=True, order=True)
class Act:
    """Something that happens to server or city, when so much of all rounds is done."""

    when: float
    kind: str
    dice: float = field(compare=False)


KILLS = ("server process", "server", "PostgreSQL")
TOGETHER = 0.5  # of all kills of PostgreSQL
OFFICE = ("reassign", "redraw", "disable", "slow writer")


@dataclass(frozen=True)
class Plan:
    seed: int
    size: Size

    def _dice(self, *of: object) -> random.Random:
        return random.Random(" ".join(map(str, (self.seed, *of))))

    def fault(self, phone: int, request: int) -> Fault | None:
        """Return the fault of the n-th request of a phone."""
        dice = self._dice("deck", phone, request // DECK)
        deck: list[str | None] = [*KINDS, *[None] * (DECK - len(KINDS))]
        dice.shuffle(deck)
        kind = deck[request % DECK]
        own = self._dice("fault", phone, request)
        return Fault(kind, part=own.random(), seconds=own.choice(DELAYS_S)) if kind else None

    @cached_property
    def rounds(self) -> list[list[Round]]:
        """For each phone what it does, in order."""
        return [self._rounds_of(phone) for phone in range(self.size.phones)]

    def _rounds_of(self, phone: int) -> list[Round]:
        dice = self._dice("rounds", phone)
        left = self.size.deeds // self.size.phones
        bursts = []
        number = 0
        while left:
            length = min(left, dice.choice((1, 1, 2, 4, 8, 12, 20, 40)))
            left -= length
            deeds = []
            for _ in range(length):
                kind = dice.choices(list(DEEDS), list(DEEDS.values()))[0]
                deeds.append(Deed(kind, dice.random(), f"s{self.seed}p{phone}n{number}"))
                number += 1
            bursts.append(tuple(deeds))
        each = -(-self.size.faults // self.size.phones)
        bursts += [()] * max(0, 2 * each - len(bursts))
        marks = {
            name: set(dice.sample(range(len(bursts)), min(each + 1, len(bursts))))
            for name in ("crash", "double", "clock", "renew")
        }
        return [
            Round(
                deeds,
                crash_in=dice.randrange(6) if n in marks["crash"] else None,
                is_double=n in marks["double"],
                clock_years=dice.choice(YEARS) + dice.uniform(-0.01, 0.01) if n in marks["clock"] else None,
                renews=n in marks["renew"],
            )
            for n, deeds in enumerate(bursts)
        ]

    @cached_property
    def acts(self) -> list[Act]:
        """Return the events of server and city, in order. A disabled account is enabled again a little later."""
        dice = self._dice("acts")
        acts = []
        for kinds, times in ((KILLS, self.size.kills), (OFFICE, self.size.faults)):
            for kind in kinds:
                for n in range(times):
                    when = (n + dice.random()) / times * 0.96 + 0.01
                    if kind == "PostgreSQL" and dice.random() < TOGETHER:
                        # The machine fails: server and database at the same time.
                        when = acts[times + n].when  # the n-th kill of the server
                    acts.append(Act(when, kind, dice.random()))
        acts += [Act(a.when + 0.015, "enable", a.dice) for a in acts if a.kind == "disable"]
        return sorted(acts)
