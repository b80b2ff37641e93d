"""What is gathered by kind comes out as in the order of the queue: nothing passes what it might hang on."""

import os
import random
from itertools import combinations
from uuid import UUID

from app.sync.routes.registry import OPERATIONS
from app.sync.rules.gathering import fits_together, gathered, rows_of
from app.sync.rules.operations import Operation

SEED = int(os.environ.get("GRIDWARD_SEED", "20261125"))
# Everything that can be done, with the field by which it names another row.
NAMES = {
    ("household", "create"): "premises_id",
    ("resident", "create"): "household_id",
    ("care_tag", "create"): "resident_id",
    ("consent", "create"): "household_id",
    ("visit", "create"): "household_id",
}


def made(place: int, name: tuple[str, str], row_id: int, other: int = 0) -> Operation:
    said = {NAMES[name]: UUID(int=other)} if name in NAMES else {"label": "甲"}
    kind = OPERATIONS[name][0]
    return Operation(f"op {place}", b"", {}, place, place, *name, id=UUID(int=row_id), kind=kind, payload=said)


def order(*operations: Operation) -> list[int]:
    return [unit[0].index for unit in gathered([[one] for one in operations])]


def test_a_day_is_gathered_by_kind():
    day = [
        made(0, ("visit", "create"), 100, 1),
        made(1, ("resident", "patch"), 11),
        made(2, ("incident", "report"), 50),
        made(3, ("visit", "create"), 101, 2),
        made(4, ("household", "patch"), 3),
        made(5, ("resident", "patch"), 12),
    ]
    assert order(*day) == [0, 3, 1, 5, 2, 4]


def test_what_names_the_same_row_keeps_its_order():
    assert order(
        made(0, ("visit", "create"), 100, 1),
        made(1, ("household", "patch"), 2),
        made(2, ("visit", "create"), 101, 2),
    ) == [0, 1, 2]
    # The same household twice: two statements, in order.
    assert order(
        made(0, ("visit", "create"), 100, 1),
        made(1, ("resident", "patch"), 9),
        made(2, ("visit", "create"), 101, 1),
    ) == [0, 1, 2]


def test_nothing_passes_what_may_move_the_ground_it_stands_on():
    for barrier in (("premises", "patch"), ("duty", "end")):
        day = [
            made(0, ("visit", "create"), 100, 1),
            made(1, barrier, 9),
            made(2, ("visit", "create"), 101, 2),
        ]
        assert order(*day) == [0, 1, 2]


def test_a_group_stays_whole_and_nobody_joins_it():
    group = [made(1, ("visit", "create"), 101, 2), made(2, ("household", "patch"), 3)]
    units = [
        [made(0, ("visit", "create"), 100, 1)],
        group,
        [made(3, ("visit", "create"), 102, 4)],
        [made(4, ("visit", "create"), 103, 2)],
    ]
    assert [[one.index for one in unit] for unit in gathered(units)] == [[0], [3], [1, 2], [4]]


def test_by_lot_every_pair_that_could_matter_keeps_its_order():
    print(f"GRIDWARD_SEED={SEED}")
    lot = random.Random(SEED)
    moved = 0
    weights = [8 if kind.is_apart else 1 for kind, *_ in OPERATIONS.values()]
    for _ in range(400):
        names = lot.choices(list(OPERATIONS), weights=weights, k=12)
        day = [made(n, name, lot.randrange(1, 40), lot.randrange(1, 40)) for n, name in enumerate(names)]
        found = order(*day)
        assert sorted(found) == list(range(len(day)))
        at = {place: n for n, place in enumerate(found)}
        for one, two in combinations(day, 2):
            realms = {one.kind.realm, two.kind.realm}
            could_matter = (
                None in realms
                or (len(realms) == 1 and not (one.kind.is_apart and two.kind.is_apart))
                or (len(realms) == 1 and rows_of(one) & rows_of(two))
            )
            moved += at[one.index] > at[two.index]
            if could_matter:
                assert at[one.index] < at[two.index], (one, two)
    assert moved > 100


def test_only_fields_that_can_be_written_together_are():
    patch = made(0, ("household", "patch"), 1)
    assert fits_together(patch)
    patch.payload["has_moved_away"] = False
    assert not fits_together(patch)
