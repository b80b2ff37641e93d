"""One case from report to figures, by the client that openapi-python-client generates (docs/explanation/clients.md).

    openapi-python-client generate --path gridward.json --config python-client.yaml --meta none --output-path gridward
    python journey.py < journey.json

Reads people and a place from standard input and writes what the server answered to standard output, as journey.ts does.
"""

import json
import sys
from datetime import date, timedelta
from http import HTTPStatus

from gridward import AuthenticatedClient, Client
from gridward.api.areas_and_rules import list_areas
from gridward.api.cases_and_life_cycle import (
    list_incident_events,
    list_incidents,
    read_incident,
    transition_incident,
)
from gridward.api.dispatch import accept_assignment, list_assignments
from gridward.api.report import report_incident
from gridward.api.sign_in import sign_in
from gridward.api.statistics_and_signals import list_figure_members, read_figures
from gridward.models import ReportIncident, SignIn, TransitionCheck, TransitionFeedBack, TransitionStart


def client_of(server: str, username: str, password: str) -> AuthenticatedClient:
    answer = sign_in.sync(
        client=Client(server), body=SignIn(username=username, password=password, device_id="journey")
    )
    return AuthenticatedClient(server, token=answer.access_token, raise_on_unexpected_status=True)


def step(client: AuthenticatedClient, incident_id, body) -> str:
    return transition_incident.sync(incident_id, client=client, body=body).status


def accept(client: AuthenticatedClient) -> str:
    """Accept the only offer that the worker has."""
    offers = list_assignments.sync(client=client, state="offered").items
    return accept_assignment.sync(offers[0].id, client=client).status


def main() -> dict:
    given = json.load(sys.stdin)
    reporter, worker, checker, supervisor = (
        client_of(given["server"], given["usernames"][role], given["password"])
        for role in ("reporter", "worker", "checker", "supervisor")
    )
    report = ReportIncident(
        lon=given["lon"], lat=given["lat"], category=given["category"], description=given["description"]
    )
    reported = report_incident.sync(client=reporter, body=report)
    listed = list_incidents.sync(client=supervisor, limit=10).items
    statuses = [
        reported.status,
        accept(worker),
        step(worker, reported.id, TransitionStart(action="start")),
        step(worker, reported.id, TransitionFeedBack(action="feed_back", note="cleared")),
        accept(checker),
        step(checker, reported.id, TransitionCheck(action="check", result="pass")),
    ]
    refused = transition_incident.sync_detailed(
        reported.id, client=worker, body=TransitionStart(action="start")
    )
    assert refused.status_code == HTTPStatus.CONFLICT
    days = {"from_": date.today() - timedelta(days=1), "to": date.today() + timedelta(days=1)}
    measures = read_figures.sync(client=supervisor, **days).measures
    members = list_figure_members.sync(client=supervisor, measure="closed", **days).items
    return {
        "assigned": reported.assignment.worker.name,
        "listed": [{"id": str(i.id), "description": i.description} for i in listed],
        "statuses": statuses,
        "events": [event.action for event in list_incident_events.sync(reported.id, client=supervisor).items],
        "closed": read_incident.sync(reported.id, client=supervisor).closed_at is not None,
        "refused": refused.parsed.code,
        "figures": {name: getattr(measures, name).count for name in ("accepted", "closed")},
        "members": [str(member.id) for member in members],
        "areas": [area.properties.code for area in list_areas.sync(client=supervisor).features],
    }


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
