"""SQL that lists the members of a finding: areas, premises, households or cases.

A finding is a fault that the audit of grids finds, such as premises in no grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.grids.queries.findings import OPEN_WORK, OUTSIDE_ID


def _member_page(source: Fragment) -> Fragment:
    return unscoped(
        Fragment(
            """
      with page as materialized (
        select m.* from ({source}) m where cast(:after_id as uuid) is null or m.id > cast(:after_id as uuid)
        order by m.id limit :limit + 1),
      shown as (select * from page order by id limit :limit)
      select (select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'code', m.code, 'name', m.name,
                'href', :prefix || m.href || m.id) order by m.id), '[]') from shown m) items,
             (select count(*) from page) n, (select array[id::text] from shown order by id desc limit 1) last_key
""",
            source=source,
        ),
        household="members of a finding that the actor may read",
        incident="members of a finding that the actor may read",
        premises="members of a finding that the actor may read",
    )


# By kind of the members.
_MEMBERS = {
    "area": _member_page(
        Fragment("""
      select v.area_id id, v.level kind, v.code, v.name, 'areas/' href from area_version v
      where upper_inf(v.valid) and v.area_id = any(cast(:member_ids as uuid[]))""")
    ),
    "premises": _member_page(
        Fragment(
            """
      select p.id, 'premises' kind, cast(null as text) code, cast(null as jsonb) "name", 'premises/' href
      from premises p where p.grid_id is null and p.deleted_at is null and {outside_id} = :finding_id""",
            outside_id=OUTSIDE_ID,
        )
    ),
    "household": _member_page(
        Fragment("""
      select h.id, 'household' kind, cast(null as text) code, cast(null as jsonb) "name", 'households/' href
      from household h where h.grid_id = any(cast(:member_ids as uuid[])) and h.deleted_at is null""")
    ),
    "incident": _member_page(
        Fragment(
            """
      select incident.id, 'incident' kind, incident.case_no code, cast(null as jsonb) "name", 'incidents/' href
      from incident where incident.grid_id = any(cast(:member_ids as uuid[])) and {is_open_work}""",
            is_open_work=OPEN_WORK,
        )
    ),
}


@dataclass(frozen=True, slots=True)
class MemberSource:
    """The finding whose members are listed.

    Attributes:
        kind: Kind of the finding.
        area_ids: The areas that are the members, or the areas that contain the members.
    """

    finding_id: UUID
    kind: str
    area_ids: Sequence[UUID]


def members(
    session: Session, source: MemberSource, *, after: list[str] | None, limit: int, prefix: str
) -> RowMapping:
    """Return a page of the members of a finding, sorted by id.

    Members are the areas, premises, households or cases that the finding is about. The row has the columns that `page_body_of`
    needs.

    Args:
        prefix: Base URL of the API, which comes before the path of a member.
    """
    binds = {"finding_id": source.finding_id, "member_ids": list(source.area_ids)}
    binds |= {"after_id": after[0] if after else None, "limit": limit, "prefix": prefix}
    return session.execute(_MEMBERS[source.kind], binds).mappings().one()
