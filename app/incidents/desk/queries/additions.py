"""SQL that adds words of a reporter to a case that the reporter has reported."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.db import Fragment

_ADD = Fragment(
    """with addition as (
        insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
          lat_sent, coord_sys, location, attributes, joined_by, source)
        select :id, :incident_id, r.reporter_id, r.channel, :now, :now, :words, r.category, r.lon_sent, r.lat_sent,
          r.coord_sys, r.location, '{}', :me, r.source
        from report r join reporter p on p.id = r.reporter_id
        where r.id = :report_id and p.erased_at is null returning id),
      changed as (
        update incident set report_count = report_count + 1, updated_at = :now
        where id = :incident_id and exists (select 1 from addition) returning report_count)
      select report_count from changed"""
)


def add(session: Session, values: dict[str, Any]) -> int | None:
    """Store words as a further report by the reporter of a report, at its place. Return the new number of reports.

    None: there is no such report, or its reporter was erased. The caller has locked the case.
    """
    count: int | None = session.scalar(_ADD, values)
    return count
