"""Why a demand went to whom."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch import queries
from app.dispatch.rules import sentences


def explain(session: Session, incident_id: UUID) -> dict[str, Any]:
    """Every run with everyone considered, in data and as a sentence in both languages."""
    runs = [dict(run) for run in queries.runs(session, incident_id)]
    for run in runs:
        for verdict in run["candidates"]:
            verdict["chosen"] = verdict["worker_id"] == str(run["worker_id"])
            verdict["sentence"] = sentences.verdict_sentences(verdict)
        run["sentence"] = sentences.outcome_sentences(
            run["outcome"], run["reason"], run["worker_name"] if run["outcome"] != "queued" else None
        )
    return {"runs": runs, "offers": [dict(offer) for offer in queries.offers(session, incident_id)]}
