"""Each request has one unit of work, which the platform opens (CONTRIBUTING.md)."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import read_session
from app.http import unit_of_work

APP = Path(__file__).parents[1] / "app"
_OPENERS = {
    "transaction",
    "one_transaction",
    "read_session",
    "long_read_session",
    "snapshot_session",
    "counting_session",
}
# Views and services that open sessions themselves, each with the reason why one session around the view does not do.
OPENS_SESSIONS = {
    "accounts/routes/auth.py": "a refused refresh token ends its session, so the refusal is raised after the commit",
    "accounts/routes/browser.py": "as accounts/routes/auth.py",
    "accounts/routes/tokens.py": "the password is hashed before, without a transaction",
    "accounts/service/access_tokens.py": "every request: its own statement, before any view",
    "accounts/service/service_credentials.py": "every request: the last use, before any view",
    "accounts/service/me.py": "the password is hashed between two transactions",
    "accounts/service/reauthentication.py": "a wrong password is counted, whatever becomes of the request",
    "accounts/service/sessions.py": "a wrong password is counted, whatever becomes of the request",
    "alerts/routes.py": "the host of the endpoint is looked up before, without a transaction",
    "exchange/routes/exports.py": "a file is written between two transactions",
    "exchange/routes/imports.py": "a file is read between two transactions",
    "exchange/service/column_preview.py": "a file is read after the transaction",
    "exchange/service/exports/export_job.py": "long work in steps: what was reached is committed",
    "exchange/service/exports/inline.py": "a file is written between two transactions",
    "exchange/service/import_requests.py": "a file is read between two transactions",
    "exchange/service/import_runs.py": "long work in batches, each committed",
    "exchange/service/local_import.py": "command of an operator, in batches",
    "exchange/service/row_import.py": "long work in batches, each committed",
    "grids/service/audit.py": "job in steps: what was reached is committed",
    "incidents/cases/service/views.py": "the page is one statement sent by itself",
    "incidents/desk/routes/cases.py": "one transaction for each case, so that one refusal leaves the others",
    "incidents/desk/routes/print_sheets.py": "the page is read without a transaction; its record is written",
    "incidents/desk/service/bulk.py": "one transaction for each case, so that one refusal leaves the others",
    "media/routes/uploads.py": "bytes arrive between two transactions",
    "media/service/completion.py": "a file is written between two transactions",
    "media/service/uploads.py": "bytes arrive between two transactions",
    "ogc/routes/descriptions.py": "only some of the answers read",
    "ogc/routes/qgis.py": "only some of the answers read",
    "ogc/routes/tiles.py": "only some of the answers read",
    "open311/routes/forms.py": "photos are stored before the transaction, and erased if it fails",
    "open311/routes/requests.py": "photos are stored before the transaction",
    "open311/routes/updates.py": "photos are stored before the transaction",
    "open311/service/media.py": "a photo is fetched before the transaction",
    "planning/routes/plans.py": "a route is computed between two transactions",
    "public/routes/case_pages.py": "a page opens its session after the one that finds the city; forms write apart",
    "public/routes/follow_pages.py": "as public/routes/case_pages.py; photos are stored before the transaction",
    "public/routes/message_pages.py": "as public/routes/case_pages.py",
    "public/routes/page.py": "the city of the address is read before the view, so that its errors are pages of the city",
    "public/routes/report_pages.py": "as public/routes/case_pages.py; photos are stored before the transaction",
    "rights/service/erasure.py": "erases in batches, each committed",
    "public/routes/releases.py": "the copy of a photo is made between two transactions",
    "public/service/redactions.py": "as public/routes/releases.py",
    "signals/routes.py": "clusters are searched without a transaction",
    "signals/service/signals.py": "job in steps: what was reached is committed",
    "statistics/routes/evaluation.py": "a file is made between a snapshot and the record of it",
    "sync/routes/events.py": "a ticket is used up before the stream begins",
    "sync/routes/pull.py": "a snapshot is read, then offers are marked as delivered",
    "webhooks/routes.py": "the host of the URL is looked up before, without a transaction",
    "webhooks/service/sending.py": "job: messages are sent between two transactions",
    "incidents/reporting/service/place_names.py": "each of several batches is committed",
    "sync/service/duplicate_candidates.py": "only some pushes look for them",
    "sync/service/events.py": "a stream reads again and again",
    "sync/service/push.py": "operations are committed in batches",
    "workforce/routes/ingest.py": "each of several batches is committed",
    "workforce/routes/ingest_tokens.py": "the password is hashed before, without a transaction",
}


def modules_that_open_sessions() -> set[str]:
    opening = set()
    for path in APP.rglob("*.py"):
        module = path.relative_to(APP).as_posix()
        if not ("routes" in module or "/service" in module) or module.startswith(("demo/", "core/", "http/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                if name in _OPENERS:
                    opening.add(module)
    return opening


def test_views_and_services_open_no_session_but_for_a_reason():
    assert modules_that_open_sessions() == set(OPENS_SESSIONS)


def test_view_that_writes_is_called_again_after_a_deadlock(app):
    """Seen red without `with_retries`."""
    calls = []

    @unit_of_work.with_transaction
    def view(payload, *, session):
        calls.append(payload.pop("id"))
        if len(calls) == 1:
            session.execute(text("do $$ begin raise exception 'stuck' using errcode = '40P01'; end $$"))
        return len(calls)

    with app.test_request_context():
        assert view({"id": 7}) == 2
    assert calls == [7, 7]


_APPLIED = text(
    "insert into applied_op (principal, key, route, digest, applied_at) values ('p', 'k', 'r', '', now())"
)


def test_error_in_a_view_that_writes_rolls_back(app):
    """Seen red with a session that commits after an error."""

    @unit_of_work.with_transaction
    def view(*, session):
        session.execute(_APPLIED)
        raise LookupError

    with app.test_request_context(), pytest.raises(LookupError):
        view()
    with read_session() as session:
        assert session.scalar(text("select count(*) from applied_op where principal = 'p'")) == 0


def test_view_that_reads_cannot_write(app):
    def view(*, session):
        session.execute(_APPLIED)

    with app.test_request_context(), pytest.raises(DBAPIError, match="read-only transaction"):
        unit_of_work.with_session(view, read_session)()
