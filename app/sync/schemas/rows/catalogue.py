"""Documentation of each synchronised entity: the schema of `data`, and an example row.

`examples.json` has rows that a server returned, with other ids and times; tests/sync/test_row_document.py writes it.
"""

from pathlib import Path
from typing import Any

import orjson

from app.http.smorest import Schema
from app.sync.schemas.rows.areas import AreaData, ProfileData, UnitData
from app.sync.schemas.rows.cases import AssignmentData, IncidentData, IncidentNoteData, OfferData
from app.sync.schemas.rows.notices import NoticeData, NoticeTaskData
from app.sync.schemas.rows.own_records import (
    AccountData,
    DayPlanData,
    DeadLetterData,
    DutyData,
    FigureContestData,
    ResponsibilityData,
    ShiftData,
    SosData,
    SubstitutionData,
    WorkerData,
)
from app.sync.schemas.rows.register import (
    CareTagData,
    ComponentData,
    ConsentData,
    HouseholdData,
    PremisesData,
    ResidentData,
    VisitData,
)

ROW_DATA: dict[str, type[Schema]] = {
    "profile": ProfileData,
    "unit": UnitData,
    "area": AreaData,
    "account": AccountData,
    "worker": WorkerData,
    "responsibility": ResponsibilityData,
    "duty": DutyData,
    "shift": ShiftData,
    "substitution": SubstitutionData,
    "sos": SosData,
    "dead_letter": DeadLetterData,
    "figure_contest": FigureContestData,
    "premises": PremisesData,
    "household": HouseholdData,
    "resident": ResidentData,
    "care_tag": CareTagData,
    "consent": ConsentData,
    "visit": VisitData,
    "component": ComponentData,
    "incident": IncidentData,
    "assignment": AssignmentData,
    "offer": OfferData,
    "incident_note": IncidentNoteData,
    "day_plan": DayPlanData,
    "notice": NoticeData,
    "notice_task": NoticeTaskData,
}

EXAMPLES_FILE = Path(__file__).with_name("examples.json")
ROW_EXAMPLES: dict[str, dict[str, Any]] = orjson.loads(EXAMPLES_FILE.read_bytes())
