"""`gridward check`: no finding for a consistent city, and a finding for each planted fault."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.cli import main
from app.core import db
from app.incidents import service as incidents
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.other_transitions import OTHER_ACTIONS, Step, is_transition
from app.incidents.lifecycle.rules.history_rebuild import COLUMNS
from app.integrity import service as integrity
from app.integrity.queries.counter_invariants import COUNTER_INVARIANTS
from app.integrity.queries.invariants import CASE_INVARIANTS
from app.integrity.queries.lifecycle_invariants import LIFECYCLE_INVARIANTS
from app.integrity.queries.notice_invariants import NOTICE_INVARIANTS
from tests.factories import make_city
from tests.live.databases import own_database
from tests.live.processes import app_on, set_aside
from tests.rollback import rolled_back
from tests.sample_sizes import drawn_share
from tests.statistics.eventful_city import CATEGORIES, PROFILE, run_every_step

A_CASE = "(select id from incident where {} order by id limit 1)"
IN_GRID = A_CASE.format("status = 'accepted' and grid_id is not null and about_kind is null")
AT_WORK = "(select worker_id from assignment where state = 'accepted' and worker_id is not null order by id limit 1)"
NO_TRIGGERS = "alter table {} disable trigger user"
LATER = "tstzrange(lower(valid) + interval '1 microsecond', null)"


def copy_of(table: str, where: str, **changes: str) -> str:
    """SQL that stores a row again under a new id, with some columns changed."""
    sets = ", ".join(
        f"'{column}', {value}" for column, value in ({"id": "gen_random_uuid()"} | changes).items()
    )
    return f"""insert into {table} select (jsonb_populate_record(t, jsonb_build_object({sets}))).*
               from {table} t where {where} limit 1"""


A_NOTICE = """insert into notice (id, jurisdiction_id, area_id, purpose, texts, channels, area_ids, premises_kinds, care_kinds,
    reply_category, valid_from, valid_until, state, households, created_by, created_at, published_at)
  select gen_random_uuid(), a.jurisdiction_id, a.id, 'works', '{{}}', '{{visit}}', array[a.id], '{{}}', '{{}}', 'unclassified',
    now(), now() + interval '1 day', 'published', {households}, (select id from account limit 1), now(), now()
  from area a limit 1"""
IN_PARTS = (
    "(select incident_id from assignment where role = 'joint' and state = 'accepted' order by id limit 1)"
)
CHECKING = A_CASE.format("status = 'checking'")
WARNINGS = ("jobs_do_not_fail", "media_find_their_record", "who_verified_does_not_handle")

# name -> the SQL that breaks it, as the owner of the tables
PLANTED: dict[str, list[str]] = {
    "second_is_somebody_else": [
        copy_of(
            "assignment",
            "t.role = 'handle' and t.state = 'accepted' and worker_id is not null",
            role="'second'",
        ),
    ],
    "waits_for_a_second": [
        f"update incident set waiting_since = updated_at, waiting_reason = 'no_second' where id = {CHECKING}",
    ],
    "proposed_waits_for_a_supervisor": [
        "update incident set waiting_reason = 'proposed' where waiting_reason = 'no_grid'",
    ],
    "parts_are_of_open_work": [
        f"update incident set status = 'checking' where id = {IN_PARTS}",
    ],
    "waits_about_a_part": [
        "update assignment set ended_because = null where role = 'joint' and state = 'failed'",
    ],
    "whoever_had_a_part_does_not_check": [
        copy_of(
            "assignment", "t.role = 'joint' and t.account_id is not null", role="'check'", state="'done'"
        ),
    ],
    "signals_say_something": [
        "update signal set last_seen = first_seen - interval '1 day', ended_at = first_seen + interval '1 day'",
    ],
    "signals_count_their_members": [
        NO_TRIGGERS.format("signal_state"),
        "update signal_state set figure = figure + 1",
    ],
    "boards_equal_open_cases": [f"update open_case set attempt = 'queued' where id = {IN_GRID}"],
    "boards_count_the_open_cases": [
        "select fold_open_case_changes(now(), 100000)",
        """update open_case_count set late = late + 1 where id = (
             select max(id) from open_case_count where level = 1 and dimension = 'all')""",
    ],
    "reports_are_counted": [f"update incident set report_count = 7 where id = {IN_GRID}"],
    "joined_is_said_later": [
        NO_TRIGGERS.format("report"),
        f"update report set joined_by = gen_random_uuid() where id = {IN_GRID}",
    ],
    "linked_are_read_together": [
        """update incident set about_kind = 'worker', about_id = (select id from worker limit 1)
           where id = (select other_id from incident_link where unlinked_at is null limit 1)""",
    ],
    "figures_are_recorded": [
        NO_TRIGGERS.format("incident_history"),
        f"delete from incident_history where seq = (select max(seq) from incident_history where incident_id = {IN_GRID})",
    ],
    "case_in_its_grid": [
        f"update incident set location = ST_SetSRID(ST_MakePoint(0, 80), 4326) where id = {IN_GRID}"
    ],
    "case_scope_is_its_area": [
        f"update incident set scope_path = subpath(scope_path, 0, 1) where id = {IN_GRID}"
    ],
    "case_scope_exists": ["update incident set scope_path = 'nowhere' where about_kind = 'worker'"],
    "case_has_its_story": [
        NO_TRIGGERS.format("dispatch_run"),
        f"delete from dispatch_run where incident_id = {IN_GRID}",
    ],
    "history_begins_with_report": [
        NO_TRIGGERS.format("incident_event"),
        f"delete from incident_event where action = 'report' and incident_id = {IN_GRID}",
    ],
    "history_replays": [
        NO_TRIGGERS.format("incident_event"),
        "update incident_event set to_status = 'closed' where action = 'start'",
    ],
    "waiting_has_a_reason": ["update incident set waiting_reason = null where waiting_reason = 'no_grid'"],
    "filed_or_returned_waits": [
        "update incident set waiting_since = null, waiting_reason = null where status = 'returned'"
    ],
    "dispatched_is_asked": [
        "update offer set state = 'withdrawn' where state = 'offered'",
        "update assignment set state = 'withdrawn', ended_at = created_at where state = 'offered'",
    ],
    "taken_has_a_handler": [
        f"update assignment set state = 'done', ended_at = created_at where state = 'accepted' and incident_id = {IN_GRID}"
    ],
    "verifying_has_a_verifier": ["update incident set status = 'filed' where status = 'verifying'"],
    "unfiled_has_no_clock": ["update incident set due_at = updated_at where status = 'verifying'"],
    "nobody_verifies_own_report": [
        """update incident i set reported_by = (
             select e.actor_id from incident_event e where e.incident_id = i.id and e.action = 'verify_exists')
           where exists (select 1 from incident_event e where e.incident_id = i.id and e.action = 'verify_exists')"""
    ],
    "who_verified_does_not_handle": [
        copy_of("assignment", "t.role = 'verify' and t.state = 'done'", role="'second'", state="'accepted'")
    ],
    "more_time_is_its_handlers": [
        "update incident set extension_asked_at = updated_at, extension_asked_by = reported_by, extension_amount = 1 "
        "where status = 'filed'"
    ],
    "more_time_is_on_the_clock": ["update deadline set extended = 0 where extended > 0"],
    "nobody_grants_own_extension": [
        NO_TRIGGERS.format("incident_event"),
        "update incident_event set actor_id = (detail ->> 'asked_by')::uuid where action = 'grant_extension'",
    ],
    "counts_are_the_events": ["update incident set urged_count = 7 where urged_count = 1"],
    "supervised_is_open": [
        "update incident set supervised_at = updated_at, supervised_level = 1 where status = 'closed'"
    ],
    "books_have_a_date": ["update incident set review_at = null where status = 'on_books'"],
    "ended_by_order_says_why": ["update incident set ended_reason = null where status = 'not_filed'"],
    "contested_is_checked_anew": [
        NO_TRIGGERS.format("incident_event"),
        """insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
           select incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at from incident_event e
           where action = 'check_pass' and exists (
             select 1 from incident_event c where c.incident_id = e.incident_id and c.action = 'contest')""",
    ],
    "own_order_is_not_judged": [
        NO_TRIGGERS.format("incident_event"),
        """update incident_event e set actor_id = (
             select n.actor_id from incident_event n where n.incident_id = e.incident_id and n.action = 'reassign')
           where e.action = 'not_file' and exists (
             select 1 from incident_event c where c.incident_id = e.incident_id and c.action = 'contest')""",
    ],
    "undecided_waits_for_others": [
        "update incident set contested_order_by = gen_random_uuid() where status = 'closed'"
    ],
    "checking_has_a_check": ["update incident set status = 'handling' where status = 'checking'"],
    "deferred_is_not_offered": [
        "update incident set waiting_since = reported_at, waiting_reason = 'no_grid' where status = 'deferred'"
    ],
    "ended_has_ended": ["update incident set closed_at = null where status = 'closed'"],
    "due_is_the_deadlines": [
        f"update incident set due_at = due_at + interval '1 second' where id = {IN_GRID}"
    ],
    "one_deadline_runs": [
        "drop index if exists uq_deadline_handling_limit",
        copy_of("deadline", "stopped_at is null"),
    ],
    "clocks_stand_with_the_case": [
        """update deadline d set paused_at = null, running_since = d.started_at from incident i
           where i.id = d.incident_id and i.status in ('deferred', 'on_books')"""
    ],
    "deadline_is_in_one_state": [
        "update deadline set running_since = null where stopped_at is null and paused_at is null and stage <> 'handle'"
    ],
    "stage_done_is_a_step": [
        NO_TRIGGERS.format("incident_event"),
        "delete from incident_event where action = 'stage_done' and to_status = 'accepted'",
    ],
    "told_is_in_the_history": [
        NO_TRIGGERS.format("incident_event"),
        "delete from incident_event where action = 'escalate'",
    ],
    "nobody_checks_own_work": [
        NO_TRIGGERS.format("incident_event"),
        """update incident_event e set actor_id = (
             select f.actor_id from incident_event f where f.incident_id = e.incident_id and f.action = 'feed_back' limit 1)
           where action = 'check_pass'""",
    ],
    "subject_is_never_asked": [
        f"update incident set about_kind = 'worker', about_id = {AT_WORK} where id = {IN_GRID}"
    ],
    "merged_leads_to_a_case": [
        "update incident set status = 'filed', closed_at = null where merged_into is not null"
    ],
    "steps_are_audited": [
        NO_TRIGGERS.format("audit_event"),
        "delete from audit_event where action = 'incident.start'",
    ],
    "reports_are_audited": [
        NO_TRIGGERS.format("audit_event"),
        f"delete from audit_event where action = 'incident.report' and entity_id = {IN_GRID}",
    ],
    "one_active_attempt": [
        "drop index uq_assignment_active",
        NO_TRIGGERS.format("assignment"),
        copy_of("assignment", "state = 'accepted'"),
    ],
    "load_is_the_open_work": [
        f"update worker_load set open_work = open_work + 1 where worker_id = {AT_WORK}"
    ],
    "tiles_count_the_cases": [
        NO_TRIGGERS.format("incident"),
        f"update incident set location = ST_Translate(location, 0.01, 0) where id = {IN_GRID}",
    ],
    "offers_belong_to_attempts": [
        """update offer o set worker_id = (select id from worker w where w.id <> o.worker_id limit 1)
            where state = 'offered'"""
    ],
    "offered_means_a_live_offer": ["update offer set state = 'withdrawn' where state = 'offered'"],
    "attempts_have_a_case": [copy_of("dispatch_run", "true", incident_id="gen_random_uuid()")],
    "duty_does_not_overlap": [
        "alter table duty drop constraint ex_duty_worker_during",
        copy_of("duty", "upper_inf(during)"),
    ],
    "responsibility_does_not_overlap": [
        "alter table responsibility drop constraint ex_responsibility_worker_area_role",
        copy_of("responsibility", "upper_inf(valid)", valid=LATER),
    ],
    "absences_do_not_overlap": [
        "alter table substitution drop constraint ex_substitution_worker_during",
        copy_of("substitution", "true"),
    ],
    "area_versions_do_not_overlap": [
        "alter table area_version drop constraint ex_area_version_area_valid",
        "alter table area_version drop constraint ex_area_version_code_valid",
        "drop index uq_area_version_present",
        copy_of("area_version", "level = 'grid'", valid=LATER),
    ],
    "area_codes_do_not_overlap": [
        "alter table area_version drop constraint ex_area_version_code_valid",
        "update area_version set code = 'the same' where level = 'grid'",
    ],
    "schema_is_as_migrated": ["drop trigger keep_changed on incident"],
    "siblings_do_not_overlap": [
        "update area_version set geom = ST_Multi(ST_Buffer(geom, 0.0001)) where level = 'grid'"
    ],
    "area_paths_are_whole": ["update area_version set path = subpath(path, 1) where level = 'community'"],
    "component_in_its_grid": [
        "update component set location = ST_SetSRID(ST_MakePoint(0, 80), 4326) where grid_id is not null"
    ],
    "premises_in_their_grid": ["update premises set scope_path = subpath(scope_path, 0, 2)"],
    "notice_states_are_the_steps": [
        A_NOTICE.format(households=0),
        """insert into notice_household (notice_id, household_id, state, state_at)
           select n.id, h.id, 'told', now() from notice n, household h limit 1""",
    ],
    "notice_reaches_the_confirmed": [A_NOTICE.format(households=2)],
    "notice_batches_wait_for_a_job": [
        A_NOTICE.format(households=0),
        "update notice set state = 'publishing' where households = 0",
    ],
    "notice_batches_have_no_rows_yet": [
        A_NOTICE.format(households=0),
        """with addressee as (
             insert into notice_household (notice_id, household_id, state, state_at)
             select n.id, h.id, 'opted_out', now() from notice n, household h limit 1 returning *)
           insert into notice_batch (notice_id, number, household_ids, closed, households)
           select notice_id, 0, array[household_id], '{1}', 0 from addressee""",
    ],
    "register_hangs_together": ["update household set scope_path = subpath(scope_path, 0, 2)"],
    "located_on_duty_only": ["delete from duty"],
    "operations_have_their_case": [
        "update applied_op set result = jsonb_build_object('incident_id', gen_random_uuid()) where route = 'incidents'"
    ],
    "changes_are_logged": [f"delete from change_log where entity = 'incident' and row_id = {IN_GRID}"],
    "media_tell_what_they_are": [
        """insert into media (id, kind, state, uploaded_by, declared_size, sha256, created_at)
           select gen_random_uuid(), 'near', 'ready', id, 10, 'ab', now() from account limit 1"""
    ],
    "media_received_are_whole": ["update media set state = 'received' where state = 'uploading'"],
    "media_parts_add_up": ["update media_part set start = start + 1"],
    "media_parts_have_an_upload": [
        "delete from media_upload where media_id in (select media_id from media_part)"
    ],
    "media_hang_on_a_record": [
        "update media set admitted_by = uploaded_by, incident_id = gen_random_uuid() where state = 'uploading'"
    ],
    "media_find_their_record": [
        "update media set visit_id = gen_random_uuid(), created_at = now() - interval '40 days' where state = 'uploading'"
    ],
    "versions_count_up": [NO_TRIGGERS.format("worker"), "update worker set version = 0"],
    "jobs_do_not_fail": ["update jobs.procrastinate_jobs set status = 'failed' where status = 'todo'"],
}


@pytest.fixture(scope="module")
def scratch(settings: Any) -> Iterator[Engine]:
    """A database of its own, so that nothing but this city is judged; the owner's engine on it."""
    with own_database(settings.database_url) as url:
        scratch_settings = replace(settings, database_url=url)
        with app_on(scratch_settings) as own_app:
            with pytest.MonkeyPatch.context() as monkeypatch:
                run_every_step(
                    make_city(own_app, scratch_settings, profile=PROFILE, **CATEGORIES), monkeypatch
                )
            owner = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
            yield owner
            owner.dispose()


def findings(session: Session) -> dict[str, Any]:
    return {finding.name: finding for finding in integrity.check(session)}


def test_scratch_city_contains_every_action_and_status(scratch):
    with Session(scratch) as session:
        actions = set(session.scalars(text("select distinct action from incident_event")))
        statuses = set(session.scalars(text("select distinct status from incident")))
    # A redraw re-homes cases, and rework of somebody who has left is given up: their own tests ask for that.
    assert {*lifecycle.ACTIONS, *OTHER_ACTIONS} - actions == {
        "rehome",
        "give_up",
        "withdraw",
        "move_on",
    }
    assert set(lifecycle.Status) - statuses == {"collected"}


def test_every_event_of_scratch_city_is_a_row_of_the_transition_table(scratch):
    """Also of those that are written by SQL: imports, batches and replies."""
    with Session(scratch) as session:
        steps = session.execute(
            text("select distinct action, from_status, to_status from incident_event")
        ).all()
    assert len(steps) > 100
    assert [step for step in steps if not is_transition(Step(*step))] == []


def test_check_reports_nothing_for_consistent_city(scratch):
    with Session(scratch) as session:
        broken = {name: finding.ids for name, finding in findings(session).items() if finding.count}
    assert broken == {}


def test_every_invariant_has_a_planted_fault_and_unique_sentence(scratch):
    with Session(scratch) as session:
        assert set(findings(session)) == set(PLANTED)
    sentences = [
        invariant.sentence
        for invariant in (*CASE_INVARIANTS, *LIFECYCLE_INVARIANTS, *NOTICE_INVARIANTS, *COUNTER_INVARIANTS)
    ]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.wide
@pytest.mark.parametrize("name", drawn_share(PLANTED, one_in=3, name="planted faults"))
def test_check_reports_planted_fault(scratch, name):
    with rolled_back(scratch, PLANTED[name]) as session:
        finding = findings(session)[name]
    assert finding.count >= 1
    assert 1 <= len(finding.ids) <= 10
    assert finding.is_violation == (name not in WARNINGS)


def test_check_lists_first_ten_ids_and_counts_all(scratch):
    with rolled_back(scratch, ["update incident set due_at = null"]) as session:
        total = session.scalar(
            text("select count(distinct incident_id) from deadline where stage = 'handle'")
        )
        finding = findings(session)["due_is_the_deadlines"]
    assert (finding.count, len(finding.ids)) == (total, 10)


def run_check(owner: Engine, *arguments: str) -> Result:
    url = owner.url.set(drivername="postgresql").difference_update_query(["options"])
    env = {"DATABASE_URL": url.render_as_string(hide_password=False)}
    with set_aside():
        return CliRunner().invoke(main, ["check", *arguments], env=env)


def test_check_command_exits_with_1_when_invariant_is_broken(scratch):
    clean = run_check(scratch)
    assert clean.exit_code == 0, clean.output
    assert {row.split()[0] for row in clean.stdout.splitlines()} == {"ok"}
    wrong = "update worker_load set open_work = open_work {} 1"
    with scratch.begin() as connection:
        connection.execute(text(wrong.format("+")))
    try:
        broken, as_json = run_check(scratch), run_check(scratch, "--json")
    finally:
        with scratch.begin() as connection:
            connection.execute(text(wrong.format("-")))
    assert broken.exit_code == as_json.exit_code == 1
    assert "BROKEN  load_is_the_open_work: A worker's load" in broken.stdout
    lines = [json.loads(row) for row in as_json.stdout.splitlines()]
    assert [entry["name"] for entry in lines if entry["count"]] == ["load_is_the_open_work"]
    assert {entry["name"] for entry in lines} == set(PLANTED)


def test_check_command_reports_failed_job_as_warning(scratch):
    change = "update jobs.procrastinate_jobs set status = '{}' where id = (select min(id) from jobs.procrastinate_jobs)"
    with scratch.begin() as connection:
        connection.execute(text(change.format("failed")))
    try:
        warned = run_check(scratch)
    finally:
        with scratch.begin() as connection:
            connection.execute(text(change.format("todo")))
    assert warned.exit_code == 0
    assert "WARNING jobs_do_not_fail" in warned.stdout


RECORD = f"""
  select incident_id, xid, {", ".join(COLUMNS).replace("scope_path", "cast(scope_path as text) scope_path")}
  from incident_history order by incident_id, seq
"""
FIRST = "select min(seq) from incident_history group by incident_id"


def repaired(session: Session) -> dict[Any, Any]:
    batches = list(incidents.cases_to_repair(session))
    return {repair.incident_id: repair for ids in batches for repair in incidents.repair_record(session, ids)}


def record_without(session: Session, lost: str) -> tuple[list[Any], int, dict[Any, Any], list[Any]]:
    """Rows before, how many were taken out, what was repaired, rows after."""
    before = session.execute(text(RECORD)).mappings().all()
    session.execute(text("alter table incident_history disable trigger refuse_change"))
    gone = session.execute(text(f"delete from incident_history where {lost}")).rowcount
    session.execute(text("alter table incident_history enable trigger refuse_change"))
    repairs = repaired(session)
    after = session.execute(text(RECORD)).mappings().all()
    assert findings(session)["figures_are_recorded"].count == 0
    return list(before), gone, repairs, list(after)


def test_record_repair_changes_nothing_when_record_is_complete(scratch):
    with Session(scratch) as session:
        assert repaired(session) == {}
        session.rollback()


@pytest.mark.parametrize("lost", ["true", "seq % 2 = 0", "seq % 3 = 0"])
def test_record_repair_rebuilds_lost_states_from_events(scratch, lost):
    with Session(scratch) as session:
        before, gone, repairs, after = record_without(session, f"{lost} and seq not in ({FIRST})")
        session.rollback()
    untold = {case: set(repair.untold) for case, repair in repairs.items()}
    wrong = [
        (row["incident_id"], name, row[name], made[name])
        for row, made in zip(before, after, strict=True)
        for name in row
        if row[name] != made[name] and name not in untold.get(row["incident_id"], ())
    ]
    assert (wrong, sum(repair.missing for repair in repairs.values())) == ([], gone)
    assert set().union(*untold.values()) <= {"owner_unit_id", "handling_unit_id", "recurrence", "scope_path"}


def test_record_repair_names_unknown_columns_when_first_states_are_lost(scratch):
    """What a column was before its first change is told by no event: such a state may be missing, and is named."""
    with Session(scratch) as session:
        before, _, repairs, after = record_without(session, "true")
        session.rollback()
    made = {(row["incident_id"], row["xid"]): row for row in after}
    assert made.keys() <= {(row["incident_id"], row["xid"]) for row in before}
    missing = [row for row in before if (row["incident_id"], row["xid"]) not in made]
    assert all(repairs[row["incident_id"]].untold for row in missing)
    wrong = [
        (row["incident_id"], name, row[name], rebuilt[name])
        for row in before
        if (rebuilt := made.get((row["incident_id"], row["xid"])))
        for name in row
        if row[name] != rebuilt[name] and name not in repairs[row["incident_id"]].untold
    ]
    assert wrong == []
