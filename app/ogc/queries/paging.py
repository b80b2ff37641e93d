"""One statement a page: which rows, in which order, how many there are, and their GeoJSON.

Three ways to the rows, since none is good for all questions. A small box is read whole by its index and put in order. An
actor's own places, or a large box of them, are looked for branch by branch of the scope rule, each in the order of the page,
from an index that has it so. All else goes by the order alone, which for whoever sees everything is an index too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import Plan
from app.core.db.raw_read import read_one
from app.ogc.queries import features
from app.ogc.queries.features import TYPES, Selection, conditions, feature_text
from app.ogc.queries.sources import PATHS, Reader
from app.ogc.rules.collections import Collection, Lookup, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort
from app.workforce.scope import Ways

# A limit that is bound makes the planner of a prepared statement expect a tenth of all rows: it stands in the text.
# There are few, so that there are few statements.
_BOUNDS = (11, 51, 101, 201, 501, 1_001, 2_001, 11_001)
# Of more parts than this under one area, the rows of all areas are walked in their order instead.
_PARTS_MOST = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A page that is asked for. `order` ends with the key, which is not in it; `after` are the keys of the row before.

    `is_narrow`: the selection leaves so little that all of it may be read. `is_stable`: nothing in it but the values
    of binds differs from question to question in how much it leaves.
    """

    collection: Collection
    reader: Reader
    selection: Selection
    properties: Sequence[Property]
    crs: Crs
    order: Sequence[Sort]
    after: Sequence[Any] | None
    offset: int
    limit: int
    is_narrow: bool
    is_stable: bool

    @property
    def is_derived(self) -> bool:
        """Whether the rows are worked out, and stand in no table: then all are, once, in a CTE."""
        return "{" in self.collection.source

    @property
    def source(self) -> str:
        one = self.collection
        return f"derived {one.source.split()[-1]}" if self.is_derived else one.source

    @property
    def place(self) -> tuple[str, str]:
        """By what a row is found again, and its name: where it lies in its table is the quickest within one statement."""
        return (
            (self.collection.key, "k")
            if self.is_derived
            else (f"{self.collection.key.partition('.')[0]}.ctid", "t")
        )

    @property
    def is_natural(self) -> bool:
        """Whether the page goes by what the indexes under each area have in order."""
        return [s.prop.name for s in self.order] == [n for n in (self.collection.natural,) if n]

    @property
    def is_down(self) -> bool:
        """Whether the key, too, goes down: only beside what an index has in order, so that it can be walked backwards."""
        return self.is_natural and any(s.is_down for s in self.order)


@dataclass(frozen=True, slots=True)
class Rows:
    """`features` as JSON without brackets; `last`: the keys of the last row, as text. `matched` is None if not counted,
    or if there are more than COUNTED."""

    features: bytes
    returned: int
    has_more: bool
    last: list[str] | None
    matched: int | None


def page(asked: Question, *, is_counted: bool) -> Rows:
    """Up to `limit` rows. With `is_counted`, how many match on all pages together, up to COUNTED."""
    if asked.is_narrow:
        found = _page(asked, _read_whole(asked), is_counted=True, plan="generic")
        # Of more than are counted only some were read: they are not the first.
        if found.matched is not None:
            return found
        is_counted = False
    ways = asked.reader.ways
    if ways is not None and asked.is_natural:
        found = _page(
            asked,
            _by_ways(asked, ways),
            is_counted=is_counted,
            plan="generic" if asked.is_stable and not asked.is_narrow else "custom",
        )
    else:
        found = _page(asked, _in_order(asked), is_counted=is_counted, plan="custom")
    if asked.after is None and not asked.offset and not found.has_more:
        return replace(found, matched=found.returned)  # all that there is
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """CTEs of which `page` has the rows of the page and one more; `matches` is SQL for how many there are in all."""

    ctes: str
    matches: str


def _page(asked: Question, search: _Search, *, is_counted: bool, plan: Plan) -> Rows:
    one = asked.collection
    looked_up, instead = "", {}
    for n, (name, look) in enumerate(_lookups(asked)):
        looked_up += f""",
      look{n} as materialized (
        select {look.key} k, {look.value} v from {look.table}
        where {look.key} = any(array(select distinct l{n} from shown)) and {look.such})"""
        instead[name] = f"(select v from look{n} where k = {look.by})"
    feature = feature_text(one, asked.reader, asked.properties, asked.crs, instead)
    again, name = asked.place
    derived = ""
    if asked.is_derived:
        derived = f"derived as materialized (select * from {asked.reader.sql(one.source)}),\n      "
    keys = ", ".join([*(f"cast(o{n} as text)" for n in range(len(asked.order))), "cast(k as text)"])
    order = _order(asked, "o{}", "k")
    sql = f"""
      with {derived}{search.ctes},
      shown as materialized (
        select *, row_number() over (order by {order}) n from page order by {order} limit :limit){looked_up}
      select (select convert_to(string_agg({feature}, ',' order by s.n), 'UTF8')
              from shown s, {asked.source} where {again} = s.{name}) features,
             (select count(*) from shown) returned,
             (select count(*) from page) > :limit has_more,
             (select array[{keys}] from shown order by n desc limit 1) last,
             {_count(asked, search) if is_counted else "cast(null as bigint)"} matched
    """
    binds = asked.reader.binds | asked.selection.binds | _after_binds(asked)
    binds |= {"limit": asked.limit, "offset": asked.offset}
    found = read_one(sql, binds, plan=plan, is_binary=True)
    assert found is not None  # it has no FROM
    matched = found["matched"]
    return Rows(
        found["features"] or b"",
        found["returned"],
        found["has_more"],
        found["last"],
        matched if matched is not None and matched <= features.COUNTED else None,
    )


def _count(asked: Question, search: _Search) -> str:
    if asked.after is not None or asked.offset or asked.is_narrow:
        return search.matches
    # All of it is on the first page, if it is not full.
    return f"case when (select count(*) from page) > :limit then {search.matches} else (select count(*) from shown) end"


def _read_whole(asked: Question) -> _Search:
    """All that match, up to what is counted, put in order."""
    where = " and ".join(conditions(asked.collection, asked.reader, asked.selection))
    after = _after(asked, "o{}", "k")
    return _Search(
        f"""matches as materialized (
        select {_columns(asked)} from {asked.source} where {where} limit {features.COUNTED + 1}),
      page as materialized (
        select * from matches where (select count(*) from matches) <= {features.COUNTED} and {after or "true"}
        order by {_order(asked, "o{}", "k")} limit :limit + 1 offset :offset)""",
        "(select count(*) from matches)",
    )


def _in_order(asked: Question) -> _Search:
    where = [*conditions(asked.collection, asked.reader, asked.selection)]
    after = _after(asked, *_real(asked))
    return _Search(
        f"""first as materialized (
        select {_columns(asked)} from {asked.source} where {" and ".join([*where, *([after] if after else [])])}
        order by {_order(asked, *_real(asked))} limit {_bound(asked)}),
      {_PAGE.format(first="first", order=_order(asked, "o{}", "k"))}""",
        f"""(select count(*) from (
          select 1 from {asked.source} where {" and ".join(where)} limit {features.COUNTED + 1}) m)""",
    )


def _by_ways(asked: Question, ways: Ways) -> _Search:
    """The first of each branch of the scope rule: under each kind of place, and of what is the actor's own."""
    one = asked.collection
    path = PATHS[one.scope]
    common = [*one.always, ways.less, *asked.selection.conditions]
    after = _after(asked, *_real(asked))
    order, bound = _order(asked, *_real(asked)), _bound(asked)
    part = f"subpath({path}, 0, 2)"
    # Places, and what of a row is met in each. As `<@` says it, but so that an index has it in order.
    places = (
        ("part s", f"{part} = s.path"),
        (
            "scope s",
            f"s.depth > 2 and not s.is_leaf and {part} = s.part and subpath({path}, 0, s.depth) = s.path",
        ),
        ("scope s", f"s.depth > 2 and s.is_leaf and {path} = s.path"),
        ("scope s", f"s.depth = 1 and s.has_many_parts and {path} <@ s.path"),
    )
    first, every = [], []
    for table, meets in places if ways.paths else ():
        where = " and ".join([meets, *common, ways.such])
        more = f"{where} and {after}" if after else where
        first.append(
            f"""(select f.* from {table} cross join lateral (
              select {_columns(asked)} from {asked.source} where {more} order by {order} limit {bound}) f)"""
        )
        # Kept apart by `offset 0`: a place after the other is read, and no further than is counted.
        every.append(
            f"""(select f.k from {table} cross join lateral (
              select {one.key} k from {asked.source} where {where} offset 0) f limit {features.COUNTED + 1})"""
        )
    for way in ways.own:
        where = " and ".join([way, *common])
        more = f"{where} and {after}" if after else where
        first.append(
            f"(select {_columns(asked)} from {asked.source} where {more} order by {order} limit {bound})"
        )
        every.append(f"(select {one.key} k from {asked.source} where {where} limit {features.COUNTED + 1})")
    if not first:
        nothing = f"(select {_columns(asked)} from {asked.source} where false)"
        first, every = [nothing], [f"(select {one.key} k from {asked.source} where false)"]
    # An area that never had parts is met exactly. Parts are areas of the second step, with all that lies under them;
    # of an area of the first step those that it ever had, since what has ended keeps the path it had.
    return _Search(
        f"""place as materialized (
        select p path, nlevel(p) depth, cast(cast(subpath(p, -1) as text) as uuid) area_id
        from unnest({ways.paths or "array[]::ltree[]"}) p),
      below as materialized (
        select distinct p.path, c.path part from place p join area_version c on c.parent_id = p.area_id where p.depth = 1),
      scope as materialized (
        select p.path, p.depth, subpath(p.path, 0, 2) part,
               not exists (select 1 from area_version c where c.parent_id = p.area_id) is_leaf,
               (select count(*) from below b where b.path = p.path) > {_PARTS_MOST} has_many_parts
        from place p),
      part as materialized (
        select path from scope where depth = 2 or (depth = 1 and not has_many_parts)
        union select b.part from below b join scope s on s.path = b.path where not s.has_many_parts),
      first as ({" union ".join(first)}),
      {_PAGE.format(first="first", order=_order(asked, "o{}", "k"))}""",
        f"(select count(*) from ({' union '.join(every)}) m)",
    )


_PAGE = """page as materialized (
        select * from {first} order by {order} limit :limit + 1 offset :offset)"""


def _bound(asked: Question) -> int:
    wanted = asked.limit + 1 + asked.offset
    return next((bound for bound in _BOUNDS if bound >= wanted), wanted)


def _lookups(asked: Question) -> list[tuple[str, Lookup]]:
    return [(p.name, p.lookup) for p in asked.properties if p.lookup is not None]


def _columns(asked: Question) -> str:
    """The key, what the page is ordered by, and what its lookups go by."""
    order = [f"{asked.reader.sql(s.prop.sql)} o{n}" for n, s in enumerate(asked.order)]
    looked_up = [f"{look.by} l{n}" for n, (_, look) in enumerate(_lookups(asked))]
    place, name = asked.place
    where = [f"{place} {name}"] if name != "k" else []
    return ", ".join([f"{asked.collection.key} k", *where, *order, *looked_up])


def _real(asked: Question) -> tuple[list[str], str]:
    return [asked.reader.sql(s.prop.sql) for s in asked.order], asked.collection.key


def _named(asked: Question, columns: str | list[str]) -> list[str]:
    return [columns.format(n) for n in range(len(asked.order))] if isinstance(columns, str) else columns


def _order(asked: Question, columns: str | list[str], key: str) -> str:
    """Nulls last, both ways. What is never null is not said to be: an index is walked backwards with nulls first."""
    nulls = "" if asked.is_natural else " nulls last"
    steps = [
        f"{column} {'desc' if sort.is_down else 'asc'}{nulls}"
        for column, sort in zip(_named(asked, columns), asked.order, strict=True)
    ]
    return ", ".join([*steps, f"{key} desc" if asked.is_down else key])


def _after_binds(asked: Question) -> dict[str, Any]:
    if asked.after is None:
        return {}
    return {"after_id": asked.after[-1]} | {
        f"after_{n}": value for n, value in enumerate(asked.after[:-1]) if value is not None
    }


def _after(asked: Question, columns: str | list[str], key: str) -> str:
    """Rows that come after one whose keys are given. A null is after every value, both ways. Empty for the first page."""
    if asked.after is None:
        return ""
    named = _named(asked, columns)
    binds = [f"cast(:after_{n} as {TYPES[s.prop.kind]})" for n, s in enumerate(asked.order)]
    last = "cast(:after_id as uuid)"
    if asked.is_natural:
        sign = "<" if asked.is_down else ">"
        return f"({', '.join([*named, key])}) {sign} ({', '.join([*binds, last])})"
    same: list[str] = []
    ways: list[str] = []
    for column, sort, bind, value in zip(named, asked.order, binds, asked.after[:-1], strict=True):
        if value is not None:
            beyond = f"({column} {'<' if sort.is_down else '>'} {bind} or {column} is null)"
            ways.append(" and ".join([*same, beyond]))
            same.append(f"{column} = {bind}")
        else:
            same.append(f"{column} is null")
    ways.append(" and ".join([*same, f"{key} > {last}"]))
    return ways[0] if len(ways) == 1 else f"({' or '.join(f'({way})' for way in ways)})"
