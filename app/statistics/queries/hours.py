"""Query that counts reported cases by weekday and hour, in the time zone of the jurisdiction."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.profiles.rules.measures import REPORTED
from app.statistics.queries.columns import hour_of, weekday_of
from app.statistics.queries.counted_cases import SNAPSHOT, CaseShape, case_facts, case_shape
from app.statistics.rules.figure_query import FigureQuery

_AT = Fragment('f."at"')


def reports_by_hour(session: Session, query: FigureQuery) -> Sequence[RowMapping]:
    """Count the cases that were reported in the period by local weekday and hour.

    Returns:
        Rows with `weekday` (1 is Monday), `hour`, `n` (number of cases) and `snapshot` (database snapshot of the
        statement). One more row, with `weekday` None, has the number of all cases. Hours without cases have no row.
    """
    shape, binds = case_shape(query, [query.own_span])
    return session.execute(_reports_by_hour(shape), binds).mappings().all()


@lru_cache(maxsize=200)
def _reports_by_hour(shape: CaseShape) -> Fragment:
    return Fragment(
        """
      with {facts}, report_hour as (select {weekday} weekday, {hour} "hour" from facts f)
      select weekday, "hour", count(*) n, {snapshot} snapshot
      from report_hour group by grouping sets ((), (weekday, "hour"))
        """,
        facts=case_facts(shape, [REPORTED]),
        snapshot=SNAPSHOT,
        weekday=weekday_of(_AT),
        hour=hour_of(_AT),
    )
