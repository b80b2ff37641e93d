"""Catalogue of the database: definitions of all objects, as a file, and differences of a live database from it.

The file is `migrations/catalogue.json`. A test compares it with a freshly migrated database; with GRIDWARD_WRITE_DOCS the test
writes the file.

The catalogue has no objects of extensions, and no partitions, because a job makes and drops these. Objects that no migration
made, such as an operator's own index, are not compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import Fragment

FILE = Path(__file__).parents[2] / "migrations" / "catalogue.json"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The objects of a database.

    Attributes:
        revision: The revision of the migrations.
        objects: The definition of each object by its kind and name.
        states: The state of each object that does not work as defined, such as a disabled trigger.
    """

    revision: str | None
    objects: Mapping[str, str]
    states: Mapping[str, str]


def read_catalogue(session: Session) -> Catalogue:
    """Read the catalogue of the connected database.

    Takes tenths of a second, and no locks but those of reading.
    """
    revision = session.scalar(text("select version_num from alembic_version"))
    rows = session.execute(_OBJECTS).all()
    objects = {row.name: " ".join(row.definition.split()) for row in rows}
    return Catalogue(revision, objects, {row.name: row.state for row in rows if row.state})


def expected_catalogue() -> Catalogue:
    """Return the catalogue that the migrations make, from the file."""
    stored = orjson.loads(FILE.read_bytes())
    return Catalogue(stored["revision"], stored["objects"], {})


def file_content(catalogue: Catalogue) -> bytes:
    """Return the content of the catalogue file: one object a line, sorted by name."""
    stored = {"revision": catalogue.revision, "objects": dict(catalogue.objects)}
    return orjson.dumps(stored, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def catalogue_differences(live: Catalogue, expected: Catalogue) -> Iterator[str]:
    """Yield a text for each object that is missing, disabled, not valid or changed in `live`.

    The texts are sorted by object name. If the databases have different revisions, the only text is about the revisions. Parts
    of a missing object, such as the columns of a missing table, are not listed.
    """
    if live.revision != expected.revision:
        yield f"revision {live.revision}, expected {expected.revision}"
        return
    for name, definition in sorted(expected.objects.items()):
        if name not in live.objects:
            if _containing_object(name) in live.objects or _containing_object(name) not in expected.objects:
                yield f"missing: {name}"
        elif name in live.states:
            yield f"{live.states[name]}: {name}"
        elif live.objects[name] != definition:
            yield f"changed: {name}"


def _containing_object(name: str) -> str | None:
    """Return the name of the object to which a part belongs; None for an object of its own.

    A column, constraint, index, trigger or policy belongs to its table. Rights belong to the object on which they are granted.
    """
    kind, _, object_name = name.partition(" ")
    if kind == "rights":
        return object_name.partition(" on ")[2]
    return f"table {object_name.rpartition('.')[0]}" if kind in _OF_TABLES else None


def missing_objects(session: Session) -> list[str]:
    """Yield a text for each difference of the connected database from what the migrations make."""
    return list(catalogue_differences(read_catalogue(session), expected_catalogue()))


_OF_TABLES = ("column", "constraint", "index", "trigger", "policy")
# Relations and functions that neither an extension nor a partition brings.
_RELATIONS = """
  relation as (
    select c.oid, c.relkind kind, c.relacl acl, c.relowner owner, c.reltype, c.relrowsecurity,
      case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'jobs') and c.relkind in ('r', 'p', 'S', 'v', 'm', 'c') and not c.relispartition
      and not exists (select 1 from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      and not exists (select 1 from pg_depend d join pg_type t on t.oid = d.objid
                      where d.classid = 'pg_type'::regclass and d.deptype = 'e' and t.typrelid = c.oid)),
  routine as (
    select p.oid, p.proacl acl, p.proowner owner, p.prosrc, p.prosqlbody, p.prosecdef, p.provolatile, p.proparallel,
      p.proisstrict, p.proretset, p.prorettype, p.proconfig, p.prolang, p.prokind,
      case n.nspname when 'public' then '' else n.nspname || '.' end || p.proname
        || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'jobs') and not exists (
      select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
"""

# The roles that rights are compared of; whose the objects are, and what else was granted, is the installation's.
_GRANTEE = """
  case a.grantee when 0 then 'public' when to_regrole('gridward_app') then 'gridward_app'
                 when to_regrole('gridward_job') then 'gridward_job' end
"""
_RIGHTS = "string_agg(a.privilege_type || case when a.is_grantable then '*' else '' end, ', ' order by a.privilege_type)"

_OBJECTS = Fragment(
    """
  with {relations},
  granted as (
    select case r.kind when 'S' then 'sequence ' else 'table ' end || r.name target, {grantee} grantee, {rights} rights
    from relation r cross join lateral aclexplode(r.acl) a group by 1, 2
    union all
    select 'column ' || r.name || '.' || c.attname, {grantee}, {rights}
    from relation r join pg_attribute c on c.attrelid = r.oid and not c.attisdropped
    cross join lateral aclexplode(c.attacl) a group by 1, 2
    union all
    select 'function ' || r.name, {grantee}, {rights}
    from routine r cross join lateral aclexplode(coalesce(r.acl, acldefault('f', r.owner))) a group by 1, 2
    union all
    select 'schema ' || n.nspname, {grantee}, {rights}
    from pg_namespace n cross join lateral aclexplode(n.nspacl) a
    where n.nspname in ('public', 'jobs') and a.grantee <> 0 group by 1, 2
    union all
    select 'new ' || case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' else concat(d.defaclobjtype) end
           || ' of ' || n.nspname, {grantee}, {rights}
    from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace cross join lateral aclexplode(d.defaclacl) a
    where n.nspname in ('public', 'jobs') group by 1, 2)
  select case r.kind when 'S' then 'sequence ' when 'v' then 'view ' when 'm' then 'view ' when 'c' then 'type '
                     else 'table ' end || r.name as name,
    case when r.kind = 'p' then 'partition by ' || pg_get_partkeydef(r.oid) when r.kind in ('v', 'm') then
      pg_get_viewdef(r.oid) else '' end || case when r.relrowsecurity then 'row security' else '' end as definition,
    null as state
  from relation r
  union all
  select 'column ' || r.name || '.' || c.attname,
    format_type(c.atttypid, c.atttypmod) || case when c.attnotnull then ' not null' else '' end
      || case c.attidentity when '' then '' else concat(' identity ', c.attidentity) end
      || case c.attgenerated when '' then coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
         else ' generated ' || pg_get_expr(d.adbin, d.adrelid) end, null
  from relation r join pg_attribute c on c.attrelid = r.oid and c.attnum > 0 and not c.attisdropped
  left join pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
  where r.kind <> 'S'
  union all
  select 'constraint ' || r.name || '.' || k.conname, pg_get_constraintdef(k.oid),
    case when exists (select 1 from pg_trigger t where t.tgconstraint = k.oid and t.tgenabled = 'D') then 'disabled'
         when not k.convalidated then 'not valid' end
  from relation r join pg_constraint k on k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
  union all
  select 'index ' || r.name || '.' || i.relname, pg_get_indexdef(x.indexrelid),
    case when not x.indisvalid then 'not valid' end
  from relation r join pg_index x on x.indrelid = r.oid join pg_class i on i.oid = x.indexrelid
  where not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
  union all
  select 'trigger ' || r.name || '.' || t.tgname, pg_get_triggerdef(t.oid),
    case t.tgenabled when 'O' then null when 'D' then 'disabled' else 'changed' end
  from relation r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all
  select 'policy ' || r.name || '.' || y.polname, concat_ws(' ', y.polcmd, y.polpermissive,
    pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid)), null
  from relation r join pg_policy y on y.polrelid = r.oid
  union all
  select 'function ' || r.name, concat_ws(' ', l.lanname, case when r.proretset then 'setof' end,
    format_type(r.prorettype, null), r.prokind, r.provolatile, r.proparallel, case when r.proisstrict then 'strict' end,
    case when r.prosecdef then 'security definer' end, array_to_string(r.proconfig, ' '),
    case when r.prosqlbody is null then md5(r.prosrc) else pg_get_function_sqlbody(r.oid) end), null
  from routine r join pg_language l on l.oid = r.prolang
  union all
  select 'type ' || n.nspname || '.' || t.typname, string_agg(e.enumlabel, ', ' order by e.enumsortorder), null
  from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_enum e on e.enumtypid = t.oid
  where n.nspname in ('public', 'jobs') group by 1
  union all
  select 'rights of ' || g.grantee || ' on ' || g.target, g.rights, null from granted g where g.grantee is not null
""",
    relations=Fragment(_RELATIONS),
    grantee=Fragment(_GRANTEE),
    rights=Fragment(_RIGHTS),
)
