"""Erasure of reporters on request and after the retention: no dump of the database names them afterwards."""

import dataclasses
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, db
from app.core.erasures import Ledger
from app.core.ids import uuid7
from app.rights import service as rights
from tests.exchange.exporting import export, store, work
from tests.live.processes import as_job_worker
from tests.media.sending import photo, sent
from tests.rights.dumps import tables_naming
from tests.sync.push_client import PushClient

__all__ = ["export", "store", "work"]


@dataclasses.dataclass(frozen=True)
class Marks:
    """Name and number of a reporter, and words that no other test uses."""

    name: str
    phone: str
    words: str

    @property
    def reporter(self):
        return {"name": self.name, "phone": self.phone}

    @property
    def all(self):
        return (self.name, self.phone, self.digits, *self.written, self.words)

    @property
    def digits(self):
        return self.phone.replace("-", "")

    @property
    def written(self):
        """Return the number in other ways of writing."""
        grouped = f"{self.digits[:4]} {self.digits[4:8]} {self.digits[8:]}"
        return grouped, self.digits.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


@pytest.fixture
def marks():
    number = secrets.randbelow(10**8)
    return Marks(f"钱{secrets.token_hex(4)}", f"0571-{number:08}", f"words{secrets.token_hex(6)}")


@pytest.fixture
def ledger(app, tmp_path):
    """Return a ledger that no other test uses."""
    before = app.extensions["erasure_ledger"]
    app.extensions["erasure_ledger"] = Ledger(str(tmp_path))
    yield app.extensions["erasure_ledger"]
    app.extensions["erasure_ledger"] = before


def erase(person, case, **fields):
    body = {"reason": "本人书面要求", **fields}
    return person.post(f"/incidents/{case['id']}/reporter/erase", body)


@pytest.fixture
def case_with_marks(city, marks, report, accept, step):
    """Return a case under handling whose reporter is named in every column for texts, and its supervisor."""
    boss, worker = city.supervisor(), city.worker("g1")
    description = f"{marks.words} 我是{marks.name}"
    attributes = {"contact": f"{marks.name} {marks.phone}"}
    case = report(
        boss, city.in_grid("g1"), description=description, reporter=marks.reporter, attributes=attributes
    )
    path = f"/incidents/{case['id']}"
    key = {"Idempotency-Key": secrets.token_hex(8)}
    taken = worker.post(f"/assignments/{case['assignment']['id']}/accept", {}, headers=key)
    assert marks.words in taken.text
    for audience in ("desk", "handlers"):
        note = {"words": f"已致电{marks.name}，{marks.phone.replace('-', '')}", "audience": audience}
        note |= {"allow_phone": True}
        assert boss.post(f"{path}/notes", note).status_code == 201
    quoted = {"description": f"{marks.name}也看见了", **city.in_grid("g1"), "id": str(uuid7())}
    joined = boss.post(f"{path}/reports", quoted | {"reporter": {"name": "孙某", "phone": "13900001111"}})
    assert joined.status_code in (200, 201), joined.json
    noted = f"{marks.name} 不在家，另留{'、'.join(marks.written)}"
    assert step(boss, case, "note", note=noted, allow_phone=True).status_code == 200
    relative = city.worker("g2")
    given = step(boss, case, "reassign", worker_id=str(relative.id), note="请协助")
    assert given.status_code == 200, given.json
    declined = {"reason": f"{marks.name}是我亲戚", "because": "conflict_of_interest"}
    answer = relative.post(f"/assignments/{given.json['assignment']['id']}/decline", declined)
    assert answer.status_code == 200, answer.json
    disclosure = {"purpose": "call_back", "explanation": f"向{marks.name}（{marks.phone}）核实具体位置"}
    assert boss.post(f"{path}/reporter", disclosure).status_code == 200
    other = report(boss, city.in_grid("g1"), id=str(uuid7()))
    linked = boss.post(f"{path}/link", {"to_id": other["id"], "reason": f"{marks.name}两次来电"})
    assert linked.status_code == 200, linked.json
    phone = PushClient(worker)
    late = phone.op("incident", "report", case["id"], patch={"description": description, "colour": 1})
    (refused,) = phone.push(late)
    assert refused["status"] == "rejected", refused
    return case, boss


def test_erased_reporter_is_absent_from_database_dump(city, settings, marks, case_with_marks, ledger, rows):
    case, boss = case_with_marks
    before = tables_naming(settings.database_url, marks.all)
    assert set(before) >= {
        f"public.{table}"
        for table in (
            *("reporter", "report", "incident_event", "incident_note", "incident_link", "audit_event"),
            *("applied_op", "offer", "sync_dead_letter"),
        )
    }
    erased = erase(boss, case, reason=f"{marks.name}本人书面要求")
    assert erased.status_code == 204, erased.text
    assert tables_naming(settings.database_url, marks.all) == {}
    (first, joined) = boss.get(f"/incidents/{case['id']}").json["reports"]
    assert (first["words"], first["attributes"]) == ("", {})
    assert joined["words"] == "█" * len(marks.name) + "也看见了"
    (event,) = rows(
        "select purpose from audit_event where action = 'reporter.erase' order by id desc limit 1"
    )
    assert event.purpose == "█" * len(marks.name) + "本人书面要求"
    again = erase(boss, case)
    assert (again.status_code, again.json["code"]) == (409, "reporter_erased")
    (named,) = ledger.read().ids["reporter"]
    assert rows("select erased_at is not null gone from reporter where id = :id", id=named) == [(True,)]


def test_erasure_raises_incident_version(city, marks, report, ledger):
    boss = city.supervisor()
    case = report(boss, city.in_grid("g1"), description=marks.words, reporter=marks.reporter)
    assert erase(boss, case).status_code == 204
    assert boss.get(f"/incidents/{case['id']}").json["version"] > case["version"]


def test_erasure_returns_409_when_reporter_is_staff(city, report, ledger):
    boss, worker = city.supervisor(), city.worker("g1")
    case = report(worker, city.in_grid("g1"))
    refused = erase(boss, case)
    assert (refused.status_code, refused.json["code"]) == (409, "reporter_is_staff")


def test_erasure_deletes_reference_media_and_keeps_photos(city, marks, report, ledger, rows):
    boss = city.supervisor()
    case = report(boss, city.in_grid("g1"), reporter=marks.reporter)
    near = sent(city, boss, photo((64, 48)), kind="near", incident=case["id"])
    shown = sent(city, boss, photo((64, 48)), kind="reference", incident=case["id"])
    assert erase(boss, case).status_code == 204
    gone = rows(
        "select cast(id as text) from media where incident_id = :id and deleted_at is not null", id=case["id"]
    )
    assert gone == [(shown,)] and near != shown


def test_export_file_returns_410_after_erasure_of_its_reporter(city, marks, report, export, ledger):
    boss = city.supervisor()
    case = report(boss, city.in_grid("g1"), description=marks.words, reporter=marks.reporter)
    assert marks.words in export(boss, "incidents", "csv").text
    run = boss.get("/exports").json["items"][0]
    assert erase(boss, case).status_code == 204
    assert boss.get(f"/exports/{run['id']}/file").status_code == 410


def test_erasure_returns_503_when_ledger_is_unavailable(city, marks, report, ledger, tmp_path, settings):
    boss = city.supervisor()
    case = report(boss, city.in_grid("g1"), description=marks.words, reporter=marks.reporter)
    tmp_path.rmdir()
    refused = erase(boss, case)
    assert (refused.status_code, refused.json["code"]) == (503, "erasure_ledger_unavailable")
    assert set(tables_naming(settings.database_url, [marks.words])) >= {"public.report"}
    tmp_path.mkdir()
    assert erase(boss, case).status_code == 204


def test_reporters_are_erased_after_retention_days_of_closed_cases(
    city, settings, marks, report, step, ledger
):
    boss = city.supervisor()
    fields = {"description": marks.words, "reporter": marks.reporter}
    ended, running = report(boss, city.in_grid("g1"), **fields), report(boss, city.in_grid("g1"))
    order = {"reason": "duplicate", "note": "已处理完毕"}
    closed = step(boss, ended, "force_close", **order)
    assert closed.status_code == 200, closed.json
    now = clock.now()
    with as_job_worker(settings):
        assert rights.erase_reporters_due(now + timedelta(days=400), days=0, ledger=ledger) == 0
        rights.erase_reporters_due(now + timedelta(days=29), days=30, ledger=ledger)
        assert set(tables_naming(settings.database_url, marks.all)) >= {"public.reporter", "public.report"}
        assert rights.erase_reporters_due(now + timedelta(days=31), days=30, ledger=ledger) >= 1
    assert tables_naming(settings.database_url, marks.all) == {}
    assert running["version"] == boss.get(f"/incidents/{running['id']}").json["version"]


@pytest.mark.parametrize(
    ("known_as", "words", "left"),
    [
        (("钱先生", None), "已致电钱先生", "已致电███"),
        (
            ("Anna Lee", None),
            "anna called, ANNA LEE; Annabel did not",
            "████ called, ████████; Annabel did not",
        ),
        (('Anna "Ann" O\'Neil', None), "Ann O'Neil", "███ ██████"),
        (("(.*)+", None), "all of it (.*)+", "all of it █████"),
        ((None, "+86 138-1234 5678"), "8613812345678, 13812345678", "█████████████, ███████████"),
        ((None, "110"), "110", "110"),
        ((None, None), "nobody", "nobody"),
    ],
)
def test_black_out_masks_names_and_phone_numbers_in_text(rows, known_as, words, left):
    sql = """
      select black_out(:words, marks_of(:name, :phone)) words,
        black_out(jsonb_build_object('a', jsonb_build_array(cast(:words as text), 7)), marks_of(:name, :phone)) detail
    """
    (row,) = rows(sql, words=words, name=known_as[0], phone=known_as[1])
    assert (row.words, row.detail) == (left, {"a": [left, 7]})


@pytest.mark.parametrize(
    "change",
    [
        "report set words = 'other words'",
        "report set words = '', attributes = '{\"a\": 1}'",
        "report set words = '', channel = 'x'",
        "incident_note set words = 'other words'",
        "incident_note set words = repeat('█', length(words) + 1)",
        "incident_event set action = repeat('█', length(action))",
        "incident_event set note = null where note is not null",
        "audit_event set purpose = 'other words'",
        "audit_event set actor_id = gen_random_uuid()",
    ],
)
def test_stored_words_accept_only_blackout_updates(settings, case_with_marks, change):
    """The owner of the tables may make no other update either."""
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with owner.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(f"update {change}"))
    owner.dispose()
    assert refused.value.orig.sqlstate == "23001"
