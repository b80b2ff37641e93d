"""The schema check reports each difference between a database and the migrations; catalogue.json is current.

`GRIDWARD_WRITE_DOCS=1 bin/test --pytest tests/test_schema_check.py` writes that file anew.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.core import catalogue, db
from app.integrity import service as integrity

# What is done to the database, and what is said of it.
DAMAGE: dict[str, str] = {
    "drop trigger keep_changed on incident": "missing: trigger incident.keep_changed",
    "alter table incident disable trigger keep_changed": "disabled: trigger incident.keep_changed",
    "alter table incident enable replica trigger keep_changed": "changed: trigger incident.keep_changed",
    """create or replace trigger log_change after insert on unit for each row
       execute function log_change('unit', 'id')""": "changed: trigger unit.log_change",
    "alter table report drop constraint fk_report_incident_id_incident": "missing: constraint "
    "report.fk_report_incident_id_incident",
    """alter table report drop constraint fk_report_incident_id_incident, add constraint fk_report_incident_id_incident
       foreign key (incident_id) references incident (id) not valid""": "not valid: constraint "
    "report.fk_report_incident_id_incident",
    "alter table shift drop constraint ex_shift_worker_during": "missing: constraint shift.ex_shift_worker_during",
    """alter table reporter drop constraint ck_reporter_kind,
       add constraint ck_reporter_kind check (kind <> '')""": "changed: constraint reporter.ck_reporter_kind",
    "drop index ix_incident_waiting": "missing: index incident.ix_incident_waiting",
    """drop index ix_incident_waiting;
       create index ix_incident_waiting on incident (waiting_since)""": "changed: index incident.ix_incident_waiting",
    """create or replace function refuse_change() returns trigger language plpgsql as
       'begin return new; end'""": "changed: function refuse_change()",
    "alter function name_place() reset search_path": "changed: function name_place()",
    "grant delete on audit_event to gridward_app": "changed: rights of gridward_app on table audit_event",
    "revoke select on unit from gridward_job": "changed: rights of gridward_job on table unit",
    "revoke all on unit from gridward_job": "missing: rights of gridward_job on table unit",
    """revoke execute on function make_position_partitions(date, date) from gridward_app""": "missing: rights of "
    "gridward_app on function make_position_partitions(first_day date, last_day date)",
    """alter default privileges in schema public revoke insert on tables from gridward_app""": "changed: rights of "
    "gridward_app on new tables of public",
    "alter table unit alter column name drop not null": "changed: column unit.name",
    "alter table incident alter column rework_count drop default": "changed: column incident.rework_count",
    "drop table incident_link": "missing: table incident_link",
    "drop sequence case_number": "missing: sequence case_number",
    "drop trigger procrastinate_trigger_delete_jobs_v1 on jobs.procrastinate_jobs": "missing: trigger "
    "jobs.procrastinate_jobs.procrastinate_trigger_delete_jobs_v1",
}
# What operators and jobs do is no damage.
OF_OTHERS = (
    "create table notes_of_the_operator (id int primary key)",
    "create index of_the_operator on incident (updated_at)",
    "alter table incident set (autovacuum_vacuum_scale_factor = 0.01)",
    "grant select on incident to pg_monitor",
    "select make_position_partitions('2031-01-01', '2031-01-03')",
)


@pytest.fixture(scope="module")
def owner(app: Any, settings: Any) -> Iterator[Engine]:
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    yield engine
    engine.dispose()


def differences_after(owner: Engine, *statements: str) -> list[str]:
    """The differences with these done, as the job role sees them; then they are taken back."""
    with Session(owner) as session:
        for statement in statements:
            session.execute(text(statement))
        session.execute(text("set local role gridward_job"))
        differences = catalogue.missing_objects(session)
        session.rollback()
    return differences


def test_committed_catalogue_equals_migrated_schema(owner):
    with Session(owner) as session:
        made = catalogue.read_catalogue(session)
    if os.environ.get("GRIDWARD_WRITE_DOCS"):
        catalogue.FILE.write_bytes(catalogue.file_content(made))
    stored = catalogue.expected_catalogue()
    how = "GRIDWARD_WRITE_DOCS=1 bin/test --pytest tests/test_schema_check.py"
    assert (stored.revision, dict(stored.objects)) == (made.revision, dict(made.objects)), how
    assert made.states == {}


@pytest.mark.parametrize("damage", DAMAGE)
def test_schema_check_reports_difference(owner, damage):
    assert differences_after(owner, damage) == [DAMAGE[damage]]


def test_schema_check_reports_disabled_constraint_trigger(owner):
    differences = differences_after(owner, "alter table report disable trigger all")
    assert "disabled: constraint report.fk_report_incident_id_incident" in differences
    assert "disabled: trigger report.refuse_change" in differences
    assert all(difference.startswith("disabled: ") for difference in differences)


def test_schema_check_ignores_objects_of_operators_and_jobs(owner):
    assert differences_after(owner, *OF_OTHERS) == []


def test_schema_check_reports_only_revision_when_it_differs(owner):
    differences = differences_after(
        owner, "update alembic_version set version_num = '0007_old'", "drop trigger recur on incident"
    )
    assert differences == [f"revision 0007_old, expected {catalogue.expected_catalogue().revision}"]


def test_check_continues_when_database_refuses_statement(owner):
    with Session(owner) as session:
        session.execute(text("revoke all on duty from gridward_job"))
        session.execute(text("set local role gridward_job"))
        findings = {finding.name: finding for finding in integrity.check(session)}
        session.rollback()
    assert findings["schema_is_as_migrated"].ids == ("missing: rights of gridward_job on table duty",)
    assert findings["duty_does_not_overlap"].ids == ("(not evaluated: permission denied for table duty)",)
    assert findings["duty_does_not_overlap"].is_violation
    assert "history_replays" in findings
