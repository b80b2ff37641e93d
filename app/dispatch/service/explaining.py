"""Why a demand went to whom."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch import queries
from app.dispatch.rules import sentences

# Whereabouts of colleagues: from three cases' distances anyone could work out where somebody stands.
_WHEREABOUTS = ("distance_m", "position_age_s", "cost_total")
_COST_OF_PLACE = ("travel", "position_age")


def explain(session: Session, incident_id: UUID, *, shows_whereabouts: bool) -> dict[str, Any]:
    """Every run with everyone considered, in data and as a sentence in both languages.

    The subject of a case is named to nobody here. Distances are for those who direct the case.
    """
    runs = [dict(run) for run in queries.runs(session, incident_id)]
    for run in runs:
        run["demand"] = {key: value for key, value in run["demand"].items() if key != "excluded"}
        run["candidates"] = [v for v in run["candidates"] if v["reason"] != "about_subject"]
        for verdict in run["candidates"]:
            if not shows_whereabouts:
                verdict |= dict.fromkeys(_WHEREABOUTS)
                verdict["cost"] = {k: v for k, v in verdict["cost"].items() if k not in _COST_OF_PLACE}
            verdict["chosen"] = verdict["worker_id"] == str(run["worker_id"])
            verdict["sentence"] = sentences.verdict_sentences(verdict)
        said = sentences.outcome_sentences(
            run["outcome"], run["reason"], run["worker_name"] if run["outcome"] != "queued" else None
        )
        why = next((v["sentence"] for v in run["candidates"] if v["chosen"]), {"en": "", "zh": ""})
        run["sentence"] = {"en": f"{said['en']} {why['en']}".strip(), "zh": said["zh"] + why["zh"]}
    return {"runs": runs, "offers": [dict(offer) for offer in queries.offers(session, incident_id)]}
