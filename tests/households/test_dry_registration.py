"""Dry registration of many premises: its outcomes are those of a stored one, and it stores nothing."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from app.households.queries.dry_tables import in_dry_tables
from tests.sample_sizes import examples
from tests.seeds import dice, seeds
from tests.statements import recorded_statements

TABLES = ("premises", "household", "resident", "care_tag", "fact_history", "change_log")
ADDRESSES = ("文三路1号", "文三路１号", "文三路 1 号", "文三路2号", "文三村", "文三村 ", "x" * 301, "")
NAMES = (None, None, "小吃店", "书店", "110105194912310021")
REFUSED = households.Registered("refused by the database")
PEOPLE = ("王芳", "李四", "")


class _Rollback(Exception):
    """Raised to roll a transaction back."""


def register(batches, *, is_dry=False, is_kept=True):
    """Register rows batch by batch in one transaction. Return the outcomes of all rows, without the ids of new rows."""
    results = []
    try:
        with transaction(SYSTEM) as session:
            for rows in batches:
                try:
                    with session.begin_nested():
                        results += households.register_many(session, SYSTEM, rows=rows, is_dry=is_dry)
                except IntegrityError:  # an import would halve the batch
                    results.append(REFUSED)
            if not is_kept:
                raise _Rollback
    except _Rollback:
        pass
    return [
        (result.outcome, result.premises_id, list(result.errors), [entity for entity, _ in result.made])
        for result in results
    ]


class Drawing:
    """Rows of a register that often mean the same premises, households, residents and care tags."""

    def __init__(self, city, seed):
        self._lot = dice("dry registration", seed)
        self._city = city
        self._ids = [uuid7() for _ in range(5)]
        self._rows = []
        self._today = clock.now().date()

    def batches(self, count):
        return [[self._row() for _ in range(self._lot.randrange(1, 12))] for _ in range(count)]

    def _row(self):
        if self._rows and self._lot.random() < 0.3:
            return self._lot.choice(self._rows)
        self._rows.append(self._new_row())
        return self._rows[-1]

    def _new_row(self):
        lot = self._lot
        lon, lat = self._city.at(lot.choice((0.1, 0.1, 0.9, 30)), lot.choice((0.1, 0.1, 0.9)))
        row = {
            "id": lot.choice((lot.choice(self._ids), uuid7())),
            "jurisdiction_id": self._city.jurisdiction_id,
            "kind": lot.choice(("dwelling",) * 6 + ("shop", "vacant", "castle")),
            # Some within 30 m of each other, some not.
            "lon": lon + lot.choice((0, 0, 0.000005, 0.0002, 0.0002, 0.0006)),
            "lat": lat,
            "address": lot.choice(ADDRESSES[: lot.choice((6, 6, 6, 6, 8))]),
            "name": lot.choice(NAMES[: lot.choice((4, 4, 4, 5))]),
            "external_ref": lot.choice((None, f"{self._city.jurisdiction_id}-{lot.randrange(4)}")),
            "label": lot.choice(("", "", "", "东户")),
            "is_imported": lot.random() < 0.9,
        }
        if lot.random() < 0.5:
            row["residents"] = [self._resident() for _ in range(lot.randrange(1, 3))]
        return row

    def _resident(self):
        lot = self._lot
        care = {
            "kind": lot.choice(("mobility", "mobility", "interpreter", "gold")[: lot.choice((3, 3, 4))]),
            "purpose": lot.choice(("陪同就医", "送餐上门", "")[: lot.choice((2, 2, 3))]),
            "ends_on": self._today + timedelta(days=lot.choice((30, 60, 60, 60, -1))),
            "cycle_days": lot.choice((None, 7, 14)),
        }
        return {
            "name": lot.choice(PEOPLE[: lot.choice((2, 2, 2, 3))]),
            "phone": lot.choice((None, "13800000001", "13800000002")),
            "birth_year": lot.choice((None, 1950, 1975)),
            "namesake": lot.choice((None, None, 1, 2)),
            "care": [care] if lot.random() < 0.6 else [],
        }


def merge_some(city, sql, lot):
    """Merge one of the stored premises into another one, and delete one."""
    homes = sql(
        "select id, version from premises where jurisdiction_id = :id and deleted_at is null and kind = 'dwelling' order by id",
        id=city.jurisdiction_id,
    )
    if len(homes) > 3:
        double, stays, ended = lot.sample(homes, 3)
        with transaction(SYSTEM) as session:
            households.merge_premises(
                session,
                SYSTEM,
                premises_id=double.id,
                into_id=stays.id,
                expected=double.version,
                reason="registered twice",
            )
            made = {entity: [] for entity in ("care_tag", "resident", "household")} | {"premises": [ended.id]}
            households.take_back_made(session, SYSTEM, made)


@pytest.mark.parametrize("seed", seeds())
def test_dry_registration_has_outcomes_of_stored_one(square_city, sql, seed):
    drawing, lot = Drawing(square_city, seed), dice("merges", seed)
    seen = set()
    for _ in range(examples(12)):
        batches = drawing.batches(lot.randrange(1, 5))
        counts = "select " + ", ".join(f"(select count(*) from {table}) {table}" for table in TABLES)
        before = sql(counts)
        dry = register(batches, is_dry=True)
        assert sql(counts) == before
        assert dry == register(batches, is_kept=lot.random() < 0.7)
        seen |= {outcome for outcome, *_ in dry}
        merge_some(square_city, sql, lot)
    assert seen >= {"inserted", "updated", "unchanged", "rejected"}


def test_dry_registration_finds_stored_premises_by_address_near_by(square_city):
    lon, lat = square_city.at(0.1, 0.1)
    home = {
        "jurisdiction_id": square_city.jurisdiction_id,
        "kind": "dwelling",
        "address": "幸福路14号",
        "lat": lat,
    }
    ((_, stored, _, _),) = register([[home | {"lon": lon}]])
    rows = [home | {"lon": lon + offset, "is_imported": True} for offset in (0.0002, 0.0006)]
    (near, far) = register([rows], is_dry=True)
    assert (near[0], near[1], far[0], far[1] == stored) == ("updated", stored, "inserted", False)


def test_dry_registration_finds_stored_people_unchanged(square_city):
    care = {
        "kind": "mobility",
        "purpose": "陪同就医",
        "ends_on": clock.now().date() + timedelta(days=30),
        "cycle_days": 7,
    }
    lon, lat = square_city.at(0.1, 0.1)
    home = {
        "id": uuid7(),
        "jurisdiction_id": square_city.jurisdiction_id,
        "kind": "dwelling",
        "lon": lon,
        "lat": lat,
    }
    rows = [home | {"address": "幸福路12号", "residents": [{"name": "王芳", "care": [care]}]}]
    register([rows])
    changed = [rows[0] | {"residents": [{"name": "王芳", "care": [care | {"cycle_days": 14}]}]}]
    outcomes = [outcome for outcome, *_ in register([rows, changed, changed, rows], is_dry=True)]
    assert outcomes == ["unchanged", "updated", "unchanged", "updated"]


def test_dry_registration_writes_to_no_stored_table(square_city):
    drawing = Drawing(square_city, 1)
    with recorded_statements() as statements:
        register(drawing.batches(4), is_dry=True)
    written = [
        statement for statement in statements if any(f"into {table} (" in statement for table in TABLES)
    ]
    assert statements and not written


def test_statement_names_tables_of_dry_run():
    stored = "insert into premises (id) select p.id from premises p join premises_merge m on true join household h on true"
    assert in_dry_tables(stored) == (
        "insert into dry_premises as premises (id) select p.id from dry_premises p "
        "join premises_merge m on true join dry_household h on true"
    )
