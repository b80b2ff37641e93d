"""The rule of visibility of cases in a short form, for cases about nobody and readers whose rights have the same areas.

Nearly all reads of one case are of this kind. The whole rule reads the areas of the actor for each permission, and all cases
that the actor was ever offered, assigned or joined.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.core.db import RowRule
from app.incidents.scope.conditions import ME, is_ordinary
from app.incidents.scope.visibility import TABLES, CaseRule
from app.workforce.scope import area_roots, granted_roots, is_within, looked_after_roots


class PlainRule(NamedTuple):
    """The conditions under which a reader sees and directs a case about nobody.

    The statement around them has the areas of the reader as `paths` (ltree[]).

    Attributes:
        rule: The whole rule of the reader.
        directs: The reader directs cases: True: wherever they read cases by their areas; False: nowhere.
    """

    rule: CaseRule
    directs: bool

    @property
    def roots(self) -> ColumnElement[Any] | None:
        """Return the ltree[] expression with the areas of the reader. None: no areas, or all areas."""
        rule = self.rule
        if rule.is_everywhere or not rule.has_scope:
            return None
        if rule.of_grants and rule.of_responsibility:
            return area_roots(rule.prefix)
        return looked_after_roots(rule.prefix) if rule.of_responsibility else granted_roots(rule.prefix)

    def is_in_areas(self, of: Any, paths: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the SQL condition that a case lies in the areas of the reader."""
        if self.rule.is_everywhere:
            return true()
        return is_within(of.scope_path, paths) if self.rule.has_scope else false()

    def condition(self, of: Any, paths: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return a condition under which the reader sees a case. There are further visible cases, which it does not select."""
        conditions = [of.about_kind.is_(None), or_(self.is_in_areas(of, paths), of.reported_by == ME)]
        if not self.rule.handles:
            conditions.append(is_ordinary(of))
        return RowRule(and_(*conditions), *TABLES)

    def is_director(self, of: Any, paths: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that the reader directs a case about nobody."""
        return self.is_in_areas(of, paths) if self.directs else false()


@lru_cache(maxsize=500)
def plain_rule(rule: CaseRule, directed: CaseRule) -> PlainRule | None:
    """Return the short rule of a reader, or None if permissions of the reader have different areas.

    Args:
        rule: The rule of the cases that the reader may read.
        directed: The rule of the cases that the reader directs.
    """
    directs = directed.is_everywhere or directed.has_scope
    has_one_reach = (
        rule.handles is not None
        and (rule.reads_addresses is not None or rule.is_as_addresses)
        and (not directs or directed.is_as_reading)
    )
    return PlainRule(rule, directs) if has_one_reach else None
