"""Was anything lost, done twice, or left different? Asked of the server's tables and of a phone that begins anew."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import psycopg

from app.settings import Settings
from tests.factories import PASSWORD
from tests.live.databases import plain
from tests.live.processes import ROOT
from tests.sync.client import Device
from tests.sync.crowd.ledger import Ledger
from tests.sync.crowd.phones import Phone

SHOWN = 5  # of each kind of fault


def judge(settings: Settings, town: Any, phones: list[Phone], ledger: Ledger, folder: Path) -> None:
    """Writes what it finds into the ledger's `wrong`."""
    with psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
        for name, differences in (
            ("answers that contradict each other", contradicting(ledger)),
            ("acknowledged operations", acknowledged(connection, ledger)),
            ("effects", effects(connection, ledger)),
            ("changes in the audit trail", changes_by_audit(connection, ledger)),
            ("dead letters", dead_letters(connection, ledger)),
            ("phones", equal_to_a_new_phone(phones, folder)),
            ("grids", equal_to_the_tables(connection, town, phones)),
            ("gridward check", check(settings.database_url)),
        ):
            ledger.count(f"judged: {name}")
            if differences:
                ledger.fault(f"{name}: {len(differences)}: {differences[:SHOWN]}"[:2000])


def contradicting(ledger: Ledger) -> list[str]:
    """Whatever a phone was told of one operation stays true."""
    differences = []
    for op_id, entry in ledger.entries.items():
        statuses = {a["status"] for a in entry.answers} - {"duplicate"}
        took_effect = statuses & {"applied", "merged"}
        if len(statuses) > 1 and (statuses - {"applied", "merged"} or not took_effect):
            differences.append(f"{op_id} {entry.kind}: {sorted(statuses)}")
    return differences


def acknowledged(connection: Any, ledger: Ledger) -> list[str]:
    """The server's own books say of each operation what the phone was told, and know it once."""
    books: dict[str, list[str]] = defaultdict(list)
    for key, status in connection.execute(
        "select key, result ->> 'status' from applied_op where route = 'sync'"
    ):
        books[key.removeprefix("op ")].append(status)
    differences = []
    for op_id, entry in ledger.entries.items():
        recorded = books.get(op_id, [])
        if entry.first_status is None:
            differences.append(f"{op_id} {entry.kind}: never answered; the books say {recorded}")
        elif len(recorded) != 1 or entry.first_status not in (recorded[0], "duplicate"):
            differences.append(f"{op_id} {entry.kind}: told {entry.first_status}, the books say {recorded}")
    return differences


# How often each marker took effect: what was written with it, and what the audit trail tells of the row.
EFFECTS = {
    # A label that stayed through other changes of the row took effect once.
    "rename": """
      select label, count(*) from (
        select row ->> 'label' label, lag(row ->> 'label') over (partition by row_id order by version) before
        from fact_history where entity = 'household') h
      where label is distinct from before group by label""",
    "visit": "select note, count(*) from visit group by note",
    "report": """
      select r.words, count(*) from report r
      join incident_event e on e.incident_id = r.incident_id and e.action = 'report' group by 1""",
    "note": "select words, count(*) from incident_note group by words",
}
EFFECTS["correct"] = EFFECTS["rename"].replace("label", "name").replace("'household'", "'resident'")
EFFECTS["care"] = EFFECTS["rename"].replace("label", "purpose").replace("'household'", "'care_tag'")
EFFECTS |= {"undo": EFFECTS["care"], "settle": EFFECTS["rename"], "together": EFFECTS["visit"]}


def effects(connection: Any, ledger: Ledger) -> list[str]:
    """Return differences: operations that took effect several times, or were refused and left a trace."""
    counted = {sql: dict(connection.execute(sql).fetchall()) for sql in set(EFFECTS.values())}
    differences = []
    for op_id, entry in ledger.entries.items():
        if entry.kind not in EFFECTS or not entry.op.get("patch"):
            continue
        times = counted[EFFECTS[entry.kind]].get(entry.marker, 0)
        expected = 1 if entry.first_status in ("applied", "merged", "duplicate") else 0
        if times != expected:
            differences.append(
                f"{op_id} {entry.kind} {entry.marker}: told {entry.first_status}, took effect {times} times"
            )
    return differences


def changes_by_audit(connection: Any, ledger: Ledger) -> list[str]:
    """As many changes of a household stand in the audit trail as operations on it took effect."""
    done = Counter(
        (entry.op["id"], entry.op["op"])
        for entry in ledger.entries.values()
        if entry.op["entity"] == "household" and entry.first_status in ("applied", "merged", "duplicate")
    )
    named = {"household.add": "create", "household.change": "patch"}
    written = Counter(
        {
            (str(row_id), named[action]): n
            for row_id, action, n in connection.execute(
                "select entity_id, action, count(*) from audit_event where action = any(%s) group by 1, 2",
                (list(named),),
            )
        }
    )
    return [
        f"{key}: {done[key]} took effect, {written[key]} in the audit trail"
        for key in done | written
        if done[key] != written[key]
    ]


def dead_letters(connection: Any, ledger: Ledger) -> list[str]:
    """Whatever was not applied is kept whole, once."""
    stored: Counter[str] = Counter()
    for op_id, n in connection.execute(
        "select operation ->> 'op_id', count(*) from sync_dead_letter where status <> 'applied' group by 1"
    ):
        stored[op_id] = n
    differences = []
    for op_id, entry in ledger.entries.items():
        expected = 1 if entry.first_status in ("conflict", "rejected") else 0
        if stored[op_id] != expected:
            differences.append(
                f"{op_id} {entry.kind}: told {entry.first_status}, {stored[op_id]} dead letters"
            )
    return differences


def check(url: str) -> list[str]:
    run = [sys.executable, "-c", "from app.cli import main; main()", "check"]
    done = subprocess.run(
        run, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}
    )
    return [done.stdout[-1500:] + done.stderr[-500:]] if done.returncode else []


def equal_to_a_new_phone(phones: list[Phone], folder: Path) -> list[str]:
    """Each phone holds exactly what a phone that begins with nothing gets."""
    differences = []
    fresh: dict[Any, dict[Any, Any]] = {}
    for phone in phones:
        if phone.person.id not in fresh:
            new = Device(
                _folder(folder / f"new-{phone.number}"), phone.device.api._base.removesuffix("/api/v1")
            )
            new.sign_in(phone.person.username, PASSWORD)
            new.pull()
            fresh[phone.person.id] = new.store.rows()
            new.close()
            # Signing in anew is itself a change that a phone hears of.
            phone.device.pull()
        theirs, mine = fresh[phone.person.id], phone.device.store.rows()
        for key in sorted(mine.keys() | theirs.keys()):
            if mine.get(key) != theirs.get(key):
                differences.append(
                    f"phone {phone.number}: {key}: has {mine.get(key)}, server {theirs.get(key)}"[:600]
                )
    return differences


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def equal_to_the_tables(connection: Any, town: Any, phones: list[Phone]) -> list[str]:
    """Past the API: each phone holds the living households of the grids of its worker, with their labels."""
    differences = []
    for phone in phones:
        stored = {
            (str(i), label, version)
            for i, label, version in connection.execute(
                """select h.id, h.label, h.version from household h
                   where h.deleted_at is null and h.grid_id in (
                     select r.area_id from responsibility r
                     where r.worker_id = %s and r.deleted_at is null and upper_inf(r.valid))""",
                (phone.person.id,),
            )
        }
        held = {
            (row_id, row["data"]["label"], row["version"])
            for (_, row_id), row in phone.device.store.rows("household").items()
        }
        for row in sorted(stored - held)[:3]:
            differences.append(f"phone {phone.number} misses household {row}")
        for row in sorted(held - stored)[:3]:
            differences.append(f"phone {phone.number} has household {row}, which it should not")
    return differences
