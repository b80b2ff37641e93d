"""Requirements before an installation goes live that are checked in the database.

For each requirement there is SQL that selects the objects that do not meet it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.integrity.rules.readiness import MAX_LISTED, Requirement

_NOW = Fragment("cast(:now as timestamptz)")
# What fills the holes in the SQL of requirements.
PARTS: dict[str, Fragment] = {
    "now": _NOW,
    "current_grids": Fragment("area_version g where upper_inf(g.valid) and g.level = 'grid'"),
    "profile_in_force": Fragment(
        """(select distinct on (p.jurisdiction_id) j.id, j.code, p.data
          from jurisdiction j join profile_version p on p.jurisdiction_id = j.id and p.in_force_from <= {now}
          where j.deleted_at is null order by p.jurisdiction_id, p.number desc) f""",
        now=_NOW,
    ),
    "is_open_account": Fragment("a.disabled_at is null and a.deleted_at is null"),
}


def _statement(sql: str) -> Fragment:
    return Fragment(sql, **{name: part for name, part in PARTS.items() if f"{{{name}}}" in sql})


# (requirement, SQL that names those that lack it)
DATA: tuple[tuple[Requirement, str], ...] = (
    (
        Requirement(
            "jurisdiction_missing",
            "There is a jurisdiction.",
            "gridward db upgrade opens the default one; publish your own rules in it.",
            is_blocking=True,
        ),
        "select 'jurisdiction' where not exists (select 1 from jurisdiction where deleted_at is null)",
    ),
    (
        Requirement(
            "rules_missing",
            "Every jurisdiction has rules in force.",
            "Publish a profile: `POST /api/v1/jurisdictions/{code}/profile`.",
            is_blocking=True,
        ),
        """select j.code from jurisdiction j where j.deleted_at is null
            and not exists (select 1 from {profile_in_force} where f.id = j.id)""",
    ),
    (
        Requirement(
            "time_zone_utc",
            "Every jurisdiction in use has its own time zone.",
            "Publish a profile with your time zone, such as Asia/Shanghai.",
        ),
        "select f.code from {profile_in_force} where f.data ->> 'timezone' in ('UTC', 'Etc/UTC')",
    ),
    (
        Requirement(
            "category_without_deadline",
            "Every category has a condition with a limit.",
            "Publish a profile with a condition for each category.",
        ),
        """select f.code || '/' || (c ->> 'code') from {profile_in_force},
            jsonb_array_elements(f.data -> 'taxonomy' -> 'categories') c
            where coalesce(jsonb_array_length(nullif(c -> 'conditions', 'null')), 0) = 0""",
    ),
    (
        Requirement(
            "category_without_unit",
            "Every category that units handle has a competent unit somewhere.",
            "Give a unit the competence. Until then the root unit of the jurisdiction owns these cases.",
        ),
        """select f.code || '/' || (c ->> 'code') from {profile_in_force},
            jsonb_array_elements(f.data -> 'taxonomy' -> 'categories') c
            where c ->> 'handled_by' = 'unit' and not exists (
              select 1 from unit_competence m join unit u on u.id = m.unit_id and u.deleted_at is null
              where m.deleted_at is null and u.jurisdiction_id = f.id and starts_with(c ->> 'code', m.category_prefix))""",
    ),
    (
        Requirement(
            "grids_missing",
            "There are grids.",
            "Import the division tree: `POST /api/v1/areas/import`.",
            is_blocking=True,
        ),
        "select 'grids' where not exists (select 1 from {current_grids})",
    ),
    (
        Requirement(
            "area_without_grids",
            "Every area is divided down to grids.",
            "Import the missing areas. Reports from there find no grid.",
        ),
        """select v.code from area_version v where upper_inf(v.valid) and v.level <> 'grid'
           and not exists (select 1 from area_version b where upper_inf(b.valid) and b.parent_id = v.area_id)""",
    ),
    (
        Requirement(
            "grid_without_responsible",
            "Every grid has a responsible worker.",
            "Set a responsible worker: `POST /api/v1/responsibilities`.",
        ),
        """select g.code from {current_grids} and not exists (
              select 1 from responsibility r join account a on a.id = r.worker_id and {is_open_account}
              where r.area_id = g.area_id and r.deleted_at is null and r.valid @> {now})""",
    ),
    (
        Requirement(
            "grid_without_unit",
            "Every grid has a competent unit.",
            "Give a unit a competence for the area. Until then the root unit of the jurisdiction owns all "
            "cases there.",
        ),
        """select g.code from {current_grids} and not exists (
              select 1 from unit_competence m join unit u on u.id = m.unit_id and u.deleted_at is null
              left join area_version o on o.area_id = m.area_id and upper_inf(o.valid)
              where m.deleted_at is null and u.jurisdiction_id = g.jurisdiction_id
                and (m.area_id is null or g.path <@ o.path))""",
    ),
    (
        Requirement(
            "unit_without_members",
            "Every unit with a competence has a handler.",
            "Give an account the role handler for the unit. No one reads its queue now.",
        ),
        """select u.code from unit u where u.deleted_at is null
            and exists (select 1 from unit_competence m where m.unit_id = u.id and m.deleted_at is null)
            and not exists (
              select 1 from account_grant g join account a on a.id = g.account_id and {is_open_account}
              where g.unit_id = u.id and g.revoked_at is null and g.deleted_at is null)""",
    ),
    (
        Requirement(
            "unit_without_contact",
            "Every unit with a competence has a contact.",
            "Enter a contact: `PATCH /api/v1/units/{id}`.",
        ),
        """select u.code from unit u where u.deleted_at is null and coalesce(btrim(u.contact), '') = ''
           and exists (select 1 from unit_competence m where m.unit_id = u.id and m.deleted_at is null)""",
    ),
    (
        Requirement(
            "workers_missing",
            "There are workers.",
            "Open accounts with the role worker and enrol them: `POST /api/v1/workers`.",
            is_blocking=True,
        ),
        """select 'workers' where not exists (
              select 1 from worker w join account a on a.id = w.id and {is_open_account} where w.deleted_at is null)""",
    ),
    (
        Requirement(
            "worker_without_grid",
            "Every worker has a responsibility.",
            "Set a responsibility, or disable the account of a worker who has left.",
        ),
        """select a.username from worker w join account a on a.id = w.id and {is_open_account}
            where w.deleted_at is null and not exists (
              select 1 from responsibility r where r.worker_id = w.id and r.deleted_at is null
                and (upper_inf(r.valid) or upper(r.valid) > {now}))""",
    ),
    (
        Requirement(
            "admin_missing",
            "There is an administrator of all areas who is not of the demo and has chosen a password.",
            "gridward account create --role admin, and sign in once.",
            is_blocking=True,
        ),
        """select 'admin' where not exists (
              select 1 from account_grant g join account a on a.id = g.account_id and {is_open_account}
              where g.role = 'admin' and g.area_id is null and g.revoked_at is null and g.deleted_at is null
                and not a.must_change_password and a.username not like 'demo-%')""",
    ),
    (
        Requirement(
            "one_time_password_unused",
            "Every account has a password that its owner chose.",
            "Remind the owners. Set a new one-time password where it has expired: `POST "
            "/api/v1/accounts/{id}/one-time-password`.",
        ),
        """select a.username || case when a.password_expires_at <= {now} then ' (expired)' else '' end
            from account a where a.must_change_password and {is_open_account}""",
    ),
    (
        Requirement(
            "durability_off",
            "Acknowledged data are written to disk.",
            "Set fsync, full_page_writes and synchronous_commit to on.",
            is_blocking=True,
        ),
        """select name || '=' || reset_val from pg_settings
           where name in ('fsync', 'full_page_writes', 'synchronous_commit') and reset_val = 'off'""",
    ),
    (
        Requirement(
            "extension_missing",
            "PostGIS, ltree and btree_gist are there.",
            "Install them and run gridward db upgrade.",
            is_blocking=True,
        ),
        """select wanted from unnest(array['postgis', 'ltree', 'btree_gist']) wanted
           where not exists (select 1 from pg_extension where extname = wanted)""",
    ),
    (
        Requirement(
            "extension_behind",
            "Extensions are at the version that is installed on the server.",
            "alter extension ... update (for PostGIS: select postgis_extensions_upgrade()).",
        ),
        """select name || ' ' || installed_version || ' < ' || default_version from pg_available_extensions
           where installed_version <> default_version and name in ('postgis', 'ltree', 'btree_gist')""",
    ),
    (
        Requirement(
            "job_worker_silent",
            "A job worker has been heard of in the last minute.",
            "Start the job worker: gridward jobs. Without it offers do not expire and deadlines send no "
            "notices.",
            is_blocking=True,
        ),
        """select 'job worker' where not exists (
              select 1 from jobs.procrastinate_workers where last_heartbeat > {now} - interval '1 minute')""",
    ),
)


_LACKING = """
  with lacking as materialized (select cast(t.name as text) name from ({rows}) t(name))
  select (select count(*) from lacking) n,
         (select coalesce(array_agg(name), '{}') from (select name from lacking order by name limit :listed) first) names
"""


def lacking_names(session: Session, sql: str, *, now: datetime) -> tuple[int, Sequence[str]]:
    """Run the SQL of a requirement, and return the number and names of objects that fail it.

    At most `MAX_LISTED` names are returned, in alphabetical order.
    """
    statement = Fragment(_LACKING, rows=_statement(sql))
    needs_now = any(f"{{{name}}}" in sql for name in ("now", "profile_in_force")) or ":now" in sql
    binds = {"listed": MAX_LISTED} | ({"now": now} if needs_now else {})
    row = session.execute(statement, binds).one()
    return row.n, row.names


_CALENDARS = _statement("""
  select f.code, (select max(day) from (
    select jsonb_array_elements_text(f.data -> 'calendar' -> 'holidays') as day
    union all select jsonb_array_elements_text(f.data -> 'calendar' -> 'workdays')) days) as last
  from {profile_in_force} order by f.code
""")


def calendars(session: Session, *, now: datetime) -> Sequence[RowMapping]:
    """Return the last day in the calendar of each jurisdiction, to find those that end too soon.

    Columns: `code` of the jurisdiction, and `last`. The days of a calendar are holidays and days on which people work
    instead. `last` is None if the calendar has no day.
    """
    return session.execute(_CALENDARS, {"now": now}).mappings().all()


def server(session: Session) -> dict[str, Any]:
    """Return the schema revision, the connection limit and the archive mode of the database.

    Keys: `revision`, `connections` (the limit without the connections reserved for superusers), `archive_mode`.
    """
    sql = """
      select (select version_num from alembic_version) revision,
             cast(current_setting('max_connections') as int)
               - cast(current_setting('superuser_reserved_connections') as int) connections,
             current_setting('archive_mode') archive_mode
    """
    return dict(session.execute(text(sql)).mappings().one())
