"""The board of open cases, the queue of cases that wait for a supervisor, and workers' load.

The board counts present work. Its counts come from `incidents.tally` and not from `app.statistics`, because each count
links to the list of cases in `app.incidents` and has to use the same filters.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.boards.queries import board as queries
from app.boards.rules.sentences import WAITING_SENTENCES
from app.core import clock
from app.core.actor import Actor
from app.core.links import link
from app.dispatch import service as dispatch
from app.dispatch.rules.states import ACTIVE
from app.incidents import service as incidents
from app.incidents.service import Counts
from app.statistics import service as statistics
from app.statistics.rules.linked_counts import case_count, case_counts, counts_by_group, worst
from app.workforce import service as workforce

LOCATE = "/api/v1/workers/locate"


def board(session: Session, actor: Actor, *, within: UUID | None = None) -> dict[str, Any]:
    """Return the counts of open cases that the actor directs, by state, reason, area and unit.

    Each count has the link to the list of the counted cases. `worst` in the answer has the areas and units with the highest
    share of overdue cases. `within`: id of the area to count in; None: all areas of the actor.
    """
    now = clock.now()
    area_row, parts = _area_and_parts(session, actor, within)
    area = area_row["id"] if area_row else None
    tally = incidents.tally(session, actor, parts=[part["id"] for part in parts], area_id=area)
    all_open = tally["all"].get(None, Counts())
    figures_of_area = counts_by_group(_FIGURES, by="area_id", status="open")
    by_area: list[dict[str, Any]] = []
    for part in parts:
        area_id = str(part["id"])
        counts = _shown(tally["part"].get(area_id, Counts()))
        by_area.append({"area": statistics.ref(part), **figures_of_area(area_id, counts)})
    outside = tally["part"].get(None)
    if outside is not None:
        outside_filters = {"directly_in_area_id": area} if area else {"no_area": True}
        by_area.append({"area": None, **_figures(outside, **outside_filters)})
    by_unit = _by_unit(session, tally["unit"], "owner_unit_id", area)
    if None in tally["unit"]:
        by_unit.append({"unit": None, **_figures(tally["unit"][None], unowned=True, area_id=area)})
    by_joint_unit = _by_unit(session, tally["joint_unit"], "joint_unit_id", area)
    return {
        "at": now,
        "area": statistics.ref(area_row) if area_row else None,
        **_figures(all_open, area_id=area),
        "urgent": case_count(all_open.urgent, status="open", priority=1, area_id=area),
        "waiting": case_count(all_open.waiting, status="open", waiting=True, area_id=area),
        "warned": case_count(all_open.warned, status="open", warned=True, area_id=area),
        "stage_overdue": case_count(all_open.stage_late, status="open", stage_overdue=True, area_id=area),
        "verify_overdue": case_count(all_open.verify_late, status="open", verify_overdue=True, area_id=area),
        "supervised": case_count(all_open.supervised, status="open", supervised=True, area_id=area),
        "extension": case_count(all_open.extension, status="open", extension=True, area_id=area),
        "by_status": [
            {
                "status": status,
                "open": case_count(counts.open, status=status, area_id=area),
                "overdue": case_count(counts.late, status=status, overdue=True, area_id=area),
                "escalated": case_count(counts.escalated, status=status, escalated=True, area_id=area),
            }
            for status, counts in sorted(tally["status"].items(), key=lambda item: str(item[0]))
        ],
        "by_waiting_reason": [
            {
                "reason": reason,
                "sentence": WAITING_SENTENCES.get(reason, {"en": reason, "zh": reason}),
                **_figures(counts, waiting_reason=reason, area_id=area),
            }
            for reason, counts in sorted(tally["waiting_reason"].items(), key=lambda item: str(item[0]))
            if reason is not None
        ],
        "by_attempt": [
            {
                "state": state,
                **_figures(tally["attempt"].get(state, Counts()), assignment=state, area_id=area),
            }
            for state in ACTIVE
        ],
        "by_area": by_area,
        "by_unit": by_unit,
        "by_joint_unit": by_joint_unit,
        "worst": {"areas": worst(by_area), "units": worst(by_unit)},
    }


def _area_and_parts(
    session: Session, actor: Actor, within: UUID | None
) -> tuple[RowMapping | None, Sequence[RowMapping]]:
    """Return the area for which the board is made, and the areas directly below it.

    If `within` is None and the actor directs one top area, the board is made for that top area. If the actor directs
    several top areas, the returned area is None, and the list has the top areas.

    Raises:
        NotFound: There is no such area.
        Forbidden: The actor does not direct the area.
    """
    now = clock.now()
    if within is None:
        tops = statistics.top_directed_areas(session, actor, now=now)
        if len(tops) != 1:
            return None, tops
        return tops[0], queries.child_areas(session, tops[0]["id"])
    area = statistics.directed_area(session, actor, within, now=now)
    return area, queries.child_areas(session, within)


# The counts of a group, each with the filter that is true for its cases only.
_FIGURES = {"open": None, "overdue": "overdue", "escalated": "escalated"}


# Returns the counts of a group in the order of `_FIGURES`.
_shown = attrgetter("open", "late", "escalated")


def _figures(counts: Counts, **filters: object) -> dict[str, Any]:
    """Return the open, overdue and escalated counts for the answer, with links to their lists.

    `filters`: parameters that restrict each list to the counted cases.
    """
    pairs = zip(_shown(counts), _FIGURES.values(), strict=True)
    return case_counts(dict(zip(_FIGURES, pairs, strict=True)), status="open", **filters)


def _by_unit(
    session: Session, counts_by_unit: dict[str | None, Counts], parameter: str, area: UUID | None
) -> list[dict[str, Any]]:
    """Return the counts of cases by unit, ordered by code.

    Args:
        parameter: The filter of lists by these units.
    """
    figures_of = counts_by_group(_FIGURES, by=parameter, status="open", area_id=area)
    groups = []
    for unit in statistics.units_named(session, [unit for unit in counts_by_unit if unit is not None]):
        unit_id = unit["id"]
        groups.append({"unit": unit, **figures_of(unit_id, _shown(counts_by_unit[unit_id]))})
    return groups


def queue(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    within: UUID | None = None,
    reason: list[str] | None = None,
) -> bytes:
    """Return a page of cases that wait for a supervisor, longest waiting first, as JSON bytes.

    Each case has a sentence that explains why it waits. `reason`: codes of the reasons to list; None: all reasons.
    """
    if within is not None:
        _area_and_parts(session, actor, within)
    return incidents.queue(
        session,
        actor,
        sentences=WAITING_SENTENCES,
        limit=limit,
        cursor=cursor,
        area_id=within,
        waiting_reason=reason,
    )


def workers(session: Session, actor: Actor, **filters: Any) -> bytes:
    """Return a page of workers with open cases and figures of the last 7 days, as JSON bytes.

    Each worker on duty also has the age of their newest position. The position itself is not returned.
    """
    page = orjson.loads(workforce.workers(session, actor, **filters))
    ids = [UUID(worker["id"]) for worker in page["items"]]
    work = incidents.work_of(session, actor, worker_ids=ids)
    weeks = dispatch.week_figures_of(session, ids, now=clock.now())
    ages = queries.position_ages(session, ids, now=clock.now())
    for worker_id, worker in zip(ids, page["items"], strict=True):
        counts_by_state = work.get(worker_id, {})
        for state in incidents.WORKER_STATES:
            worker[state] = case_count(counts_by_state.get(state, 0), worker_id=worker_id, assignment=state)
        worker["week"] = weeks.get(worker_id)
        worker["position_age_s"] = ages.get(worker_id)
    return orjson.dumps(page | {"locate": link(LOCATE)})


def my_figures(session: Session, actor: Actor) -> dict[str, Any]:
    """Return the figures about the actor, each with the path to the list of what it counts.

    A figure counts assignments or offers of the last seven days.
    """
    response = dispatch.my_figures(session, actor)
    for figure_item in response["figures"]:
        figure_item["members"] = link(f"/api/v1/me/figures/{figure_item['name']}/members")
    return response
