"""Statements that read a table with a rule of visibility without it: each is marked with a reason, and all stand here."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text

from app.core.db import Fragment, RowRule, as_sql, read_session, unscoped
from app.households.models import Household
from app.incidents.models import Incident
from tests import row_rules
from tests.row_rules import SCOPED, missing_rules, tables_of

APP = Path(__file__).parents[1] / "app"
REASONS: dict[str, set[tuple[str, str]]] = {
    "accounts/queries/audit.py": {
        ("incident", "number of the case of a visible event"),
        ("incident", "number of the case of an event about the reader"),
    },
    "dispatch/queries/batches.py": {
        ("worker", "pool of a batch; dispatch judges all workers, and only supervisors read the runs"),
    },
    "dispatch/queries/explanations.py": {
        ("worker", "name of a worker in the run of a case that the caller may see"),
    },
    "dispatch/queries/fairness.py": {
        ("worker", "the caller's own figures, or those of workers that the caller directs"),
        ("worker", "whether the caller is a worker"),
    },
    "dispatch/queries/placements.py": {
        ("incident", "jurisdiction of the case that the caller has locked"),
        ("worker", "candidate for a demand; dispatch judges all workers, and only supervisors read the run"),
    },
    "dispatch/queries/proposals.py": {
        ("worker", "name of the worker proposed for a case that the caller directs"),
    },
    "grids/queries/finding_members.py": {
        ("household", "members of a finding that the actor may read"),
        ("incident", "members of a finding that the actor may read"),
        ("premises", "members of a finding that the actor may read"),
    },
    "grids/queries/findings.py": {
        ("household", "numbers by grid, for actors who may read households there"),
        ("incident", "numbers of ordinary cases by grid, for actors who may read cases there"),
        ("premises", "numbers by area, for actors who may read households there"),
        ("worker", "whether there is any"),
    },
    "households/queries/dry_tables.py": {
        (
            "household",
            "the dry run of an import compares its rows with them, and returns none of their content",
        ),
        (
            "premises",
            "the dry run of an import compares its rows with them, and returns none of their content",
        ),
        (
            "resident",
            "the dry run of an import compares its rows with them, and returns none of their content",
        ),
    },
    "households/queries/due_visits.py": {
        ("household", "the paths are of the areas that a worker is responsible for, whose day is planned"),
        ("premises", "the households of a planned day are read with their premises"),
        ("resident", "members of a household whose residents the actor may read"),
    },
    "households/queries/households.py": {
        ("resident", "a filter by residents of households whose residents the actor may read"),
        ("resident", "members of a household whose residents the actor may read"),
    },
    "households/queries/premises_search.py": {
        ("premises", "the statement is planned and reads no row"),
    },
    "households/queries/visits.py": {
        ("household", "only for the present day there; the household is read by its rule afterwards"),
    },
    "incidents/cases/queries/attachments.py": {
        ("incident", "media of a case that was read by its rule"),
    },
    "incidents/cases/queries/fields.py": {
        ("worker", "names of the staff of visible cases"),
    },
    "incidents/cases/queries/history.py": {
        ("incident", "orders about a case that was read by its rule"),
        ("worker", "names of the staff of visible cases"),
    },
    "incidents/cases/queries/writes.py": {
        ("incident", "a case that was read by its rule"),
    },
    "incidents/deadlines/queries/durations.py": {
        ("incident", "durations of a case that was read by its rule"),
        ("worker", "names of the staff of visible cases"),
    },
    "incidents/cases/queries/views.py": {
        ("incident", "parts of a case that was read by its rule"),
    },
    "incidents/desk/queries/notes.py": {
        ("incident", "notes of a case that was read by its rule"),
    },
    "incidents/desk/queries/replies.py": {
        ("incident", "replies to a case that was read by its rule"),
    },
    "incidents/desk/queries/print_sheets.py": {
        ("incident", "rules of cases that were listed by their rule"),
    },
    "incidents/reporting/queries/duplicates.py": {
        ("incident", "cases that the reader sees or has just reported"),
    },
    "notices/queries/addressees.py": {
        (
            "household",
            "addressees in the area of a notice, whose sender's area is in the reach of the caller",
        ),
        ("notice", "channels and geometry of a notice that was read by its rule"),
        ("premises", "kind and place of the premises of an addressee"),
        ("resident", "whether an addressee has a number for SMS or an e-mail address; they are not returned"),
    },
    "notices/queries/batches.py": {
        ("notice", "a published notice, for the job that stores its addressees"),
    },
    "notices/queries/links.py": {
        ("household", "the household whose secret the caller has"),
        ("incident", "cases of replies of the household whose secret the caller has"),
        ("notice", "the notice whose secret the caller has"),
        ("notice", "title of a notice whose addressee the caller sees"),
        ("premises", "address of an addressee, masked by the rule of addresses"),
        ("premises", "place of the household whose secret the caller has"),
    },
    "notices/queries/messages.py": {
        ("household", "addressees of a published notice, for the job that tells them"),
        ("household", "the household whose number sent an SMS"),
        ("notice", "the notice that went to a number"),
        ("notice", "published notices, for the job that delivers them"),
        ("resident", "addresses of residents who consented to notices by SMS or e-mail"),
    },
    "notices/queries/opt_outs.py": {
        ("household", "addressees that the job has just stored"),
        ("household", "the household whose wishes the caller has locked"),
        ("notice", "a published notice, for the job that stores its addressees"),
        ("notice", "running notices to this household"),
    },
    "notices/queries/phone_tasks.py": {
        ("household", "grids of households to tell, by a job"),
        ("notice", "running notices, by a job"),
    },
    "notices/queries/receipts.py": {
        ("household", "the addressee that the caller has locked"),
        ("premises", "place of the addressee that the caller has locked"),
    },
    "notices/queries/retention.py": {("notice", "notices whose period of retention is over")},
    "notices/queries/states.py": {
        ("premises", "address of an addressee, masked by the rule of addresses"),
    },
    "notices/queries/tasks.py": {
        ("notice", "a notice that was read by its rule"),
        ("notice", "running notices to households in the caller's reach"),
        ("premises", "address of an addressee, masked by the rule of addresses"),
    },
    "planning/queries/coverage.py": {
        ("household", "homes of a grid that the caller directs or works in, without persons"),
        ("premises", "homes of a grid that the caller directs or works in, without persons"),
    },
    "planning/queries/day_inputs.py": {
        ("incident", "cases that the worker has accepted, for the plan of this worker"),
    },
    "planning/queries/plans.py": {
        ("premises", "address of a visible household, masked by the rule of addresses"),
    },
    "public/queries/contacts.py": {
        ("incident", "the case of a report, for the holder of a secret link that was sent to its reporter"),
    },
    "public/queries/links.py": {
        ("incident", "the case of a report whose secret link the caller has"),
    },
    "public/queries/things.py": {
        ("component", "the thing whose printed code the caller has; only its place and category are used"),
        ("premises", "the thing whose printed code the caller has; only its place and category are used"),
    },
    "statistics/queries/figures.py": {
        ("incident", "only the day from which there are records"),
    },
    "sms/queries/incoming.py": {
        ("incident", "a case with a task of the sender"),
        ("incident", "the case that the SMS was about"),
        ("worker", "the sender of an SMS, by the telephone number"),
    },
    "sync/queries/registry/notices.py": {
        ("household", "only whether a household of the grid is to be told"),
        ("notice", "it addresses a household of a grid in which the reader may read notices"),
        ("notice", "the notice of a household that the reader may tell"),
    },
    "sync/queries/registry/own_records.py": {
        ("worker", "name of the worker whose call the reader made or was told of"),
        ("worker", "names of the absent worker and the substitute, of whom the reader is one"),
        ("worker", "the worker's own row"),
    },
    "workforce/queries/plans.py": {
        ("worker", "name of the worker of a shift that was changed"),
        ("worker", "name of the worker of a visible responsibility"),
    },
    "workforce/queries/positions.py": {
        ("worker", "nothing of the row is returned"),
    },
    "workforce/queries/roster.py": {
        ("worker", "names of the workers of a visible grid"),
    },
    "workforce/queries/sos_calls.py": {
        ("worker", "name and telephone of the caller of a visible call"),
    },
    "workforce/queries/substitutes.py": {
        ("worker", "names in a substitution that was changed"),
    },
}


def module_constants(tree: ast.Module) -> dict[str, ast.expr]:
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name):
                constants[target.id] = node.value
    return constants


def reasons_in(source: str) -> set[tuple[str, str]]:
    """Return table and reason of each mark in a module: keywords of `unscoped`, and dictionaries of reasons by table."""
    tree = ast.parse(source)
    constants = module_constants(tree)
    reasons = set()
    for node in ast.walk(tree):
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("unscoped"):
            pairs = [(k.arg, k.value) for k in node.keywords if k.arg is not None]
        elif isinstance(node, ast.Dict) and node.keys and all(isinstance(k, ast.Constant) for k in node.keys):
            pairs = [(k.value, v) for k, v in zip(node.keys, node.values, strict=True)]
        for table, value in pairs:
            value = constants.get(value.id, value) if isinstance(value, ast.Name) else value
            if table in SCOPED and isinstance(value, ast.Constant) and " " in str(value.value):
                reasons.add((table, value.value))
    return reasons


def test_every_reason_to_read_without_a_rule_is_listed():
    modules = {path.relative_to(APP).as_posix(): path for path in APP.rglob("*.py")}
    marks = {name: reasons_in(path.read_text("utf8")) for name, path in modules.items() if "/queries" in name}
    assert {module: reasons for module, reasons in marks.items() if reasons} == REASONS


@pytest.mark.parametrize(
    "statement",
    [
        select(Incident.id),
        select(Incident.id).where(Incident.id.in_(select(Household.id))),
        Fragment("select i.id from incident i"),
        Fragment(
            "select 1 from household where id in (select {id} from {incident})",
            id=Incident.id,
            incident=Incident,
        ),
        Fragment("select {all}", all=select(Incident.id).scalar_subquery()),
        text("with open_case as (select * from incident) select count(*) from open_case"),
        text("select 1 from account a, incident i where i.reported_by = a.id"),
        text("select 1 from account a left join lateral (select 1 from only incident) c on true"),
    ],
)
def test_statement_that_reads_cases_without_their_rule_is_found(statement):
    assert "incident" in missing_rules(statement)


RULE = RowRule(Incident.reported_by == bindparam("me", None), "incident")


@pytest.mark.parametrize(
    "statement",
    [
        select(Incident.id).where(RULE),
        Fragment("select id from incident where {rule}", rule=RULE),
        Fragment("{inner} union {inner}", inner=Fragment("select id from incident where {rule}", rule=RULE)),
        text(f"select id from incident where {as_sql(RULE)}"),
        unscoped(select(Incident.id), incident="ids of cases that were read by their rule"),
        text("select 'from incident'"),
        text("select incident_id from assignment"),
    ],
)
def test_statement_with_the_rule_or_a_reason_is_let_through(statement):
    assert missing_rules(statement) == set()


def test_rule_of_one_table_does_not_stand_for_another():
    statement = select(Incident.id, Household.id).where(RULE)
    assert missing_rules(statement) == {"household"}


def test_tables_of_a_statement_are_found_in_lists_joins_and_expressions():
    statement = text(
        "with land as (select path from area_version v) select * from land, account a"
        " join worker w on w.id = a.id where exists (select from offer where worker_id = w.id)"
    )
    assert tables_of(statement) >= {"area_version", "land", "account", "worker", "offer"}


def test_reading_statement_of_a_request_is_watched(app):
    """Seen red without `observe` in `Session.execute`."""
    faults = row_rules.watch()
    with app.test_request_context("/"), read_session() as session:
        session.execute(select(Incident.id).limit(1))
        assert session.scalar(select(Incident.id).where(RULE), {"me": None}) is None
    app.extensions["statements_without_rule"].clear()
    assert len(faults) == 1 and "reads incident without its rule" in faults[0]
