"""Invented residents of some of the demo's flats. Visits to them are made in `visits.py`."""

from random import Random
from typing import Any

# One flat in so many is occupied; every second occupied one has a resident who needs care.
FLATS_PER_OCCUPIED_ONE = 40


def residents_of(random: Random, surnames: str, given_names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return one to three invented residents of a flat.

    Their telephone numbers start with 100, which no operator assigns.
    """
    people = []
    for _ in range(random.randint(1, 3)):
        is_registered = random.random() < 0.7
        people.append(
            {
                "name": random.choice(surnames) + random.choice(given_names),
                "phone": f"100{random.randint(0, 99_999_999):08d}",
                "is_registered_here": is_registered,
                "registered_at": None if is_registered else "外省（虚构）",
                "birth_year": random.randint(1935, 2015),
            }
        )
    return people
