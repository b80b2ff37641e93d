"""Order of gathered push operations: no operation passes one that it may depend on."""

import os
import random
from itertools import combinations
from uuid import UUID

from app.sync.operations import OPERATIONS
from app.sync.rules.batches import batch_units, can_batch, row_ids_of
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


def operation_at(place: int, name: tuple[str, str], row_id: int, other: int = 0) -> Operation:
    patch = {NAMES[name]: UUID(int=other)} if name in NAMES else {"label": "甲"}
    kind = OPERATIONS[name]
    return Operation(
        f"op {place}", b"", {}, place, place, *name, id=UUID(int=row_id), kind=kind, payload=patch
    )


def gathered_order(*operations: Operation) -> list[int]:
    return [unit[0].index for unit in batch_units([[operation] for operation in operations])]


def test_operations_are_gathered_by_kind():
    day = [
        operation_at(0, ("visit", "create"), 100, 1),
        operation_at(1, ("resident", "patch"), 11),
        operation_at(2, ("incident", "report"), 50),
        operation_at(3, ("visit", "create"), 101, 2),
        operation_at(4, ("household", "patch"), 3),
        operation_at(5, ("resident", "patch"), 12),
    ]
    assert gathered_order(*day) == [0, 3, 1, 5, 2, 4]


def test_operations_on_same_row_retain_order():
    assert gathered_order(
        operation_at(0, ("visit", "create"), 100, 1),
        operation_at(1, ("household", "patch"), 2),
        operation_at(2, ("visit", "create"), 101, 2),
    ) == [0, 1, 2]
    # The same household twice: two statements, in order.
    assert gathered_order(
        operation_at(0, ("visit", "create"), 100, 1),
        operation_at(1, ("resident", "patch"), 9),
        operation_at(2, ("visit", "create"), 101, 1),
    ) == [0, 1, 2]


def test_operations_do_not_pass_a_barrier():
    for barrier in (("premises", "patch"), ("duty", "end")):
        day = [
            operation_at(0, ("visit", "create"), 100, 1),
            operation_at(1, barrier, 9),
            operation_at(2, ("visit", "create"), 101, 2),
        ]
        assert gathered_order(*day) == [0, 1, 2]


def test_atomic_group_stays_whole_and_separate():
    group = [operation_at(1, ("visit", "create"), 101, 2), operation_at(2, ("household", "patch"), 3)]
    units = [
        [operation_at(0, ("visit", "create"), 100, 1)],
        group,
        [operation_at(3, ("visit", "create"), 102, 4)],
        [operation_at(4, ("visit", "create"), 103, 2)],
    ]
    assert [[operation.index for operation in unit] for unit in batch_units(units)] == [[0], [3], [1, 2], [4]]


def test_dependent_operations_retain_order_in_random_days():
    print(f"GRIDWARD_SEED={SEED}")
    lot = random.Random(SEED)
    moved = 0
    weights = [8 if kind.is_apart else 1 for kind in OPERATIONS.values()]
    for _ in range(400):
        names = lot.choices(list(OPERATIONS), weights=weights, k=12)
        day = [
            operation_at(n, name, lot.randrange(1, 40), lot.randrange(1, 40)) for n, name in enumerate(names)
        ]
        places = gathered_order(*day)
        assert sorted(places) == list(range(len(day)))
        at = {place: n for n, place in enumerate(places)}
        for pair, two in combinations(day, 2):
            realms = {pair.kind.realm, two.kind.realm}
            could_matter = (
                None in realms
                or (len(realms) == 1 and not (pair.kind.is_apart and two.kind.is_apart))
                or (len(realms) == 1 and row_ids_of(pair) & row_ids_of(two))
            )
            moved += at[pair.index] > at[two.index]
            if could_matter:
                assert at[pair.index] < at[two.index], (pair, two)
    assert moved > 100


def test_operations_fit_together_only_with_batchable_fields():
    patch = operation_at(0, ("household", "patch"), 1)
    assert can_batch(patch)
    patch.payload["has_moved_away"] = False
    assert not can_batch(patch)
