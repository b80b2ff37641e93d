"""Kinds of findings about grids: severity, permission to read them, and sentences."""

from dataclasses import dataclass

from app.core.actor import Permission
from app.core.enumerations import Enumeration


@dataclass(frozen=True, slots=True)
class AuditKind:
    """A kind of finding (fault of a grid), such as too many households in a grid.

    Some kinds compare a number with a standard, a maximum in the profile of the city.

    Attributes:
        needs: The permission that an actor needs to read such findings.
        unit: Unit of the number and of the standard.
        member: Kind of the objects that the finding is about: area, premises, household or incident.
        title: The title as (English, Chinese).
        en, zh: Templates for PostgreSQL's format(): 1 is the area's name, 2 the number, 3 the standard.
    """

    code: str
    severity: str
    needs: Permission
    unit: str
    member: str
    title: tuple[str, str]
    en: str
    zh: str


SEVERITIES = Enumeration(
    "FindingSeverity",
    {
        "error": "it does harm today",
        "warning": "it will do harm",
        "info": "worth knowing",
    },
)
KINDS: dict[str, AuditKind] = {
    kind.code: kind
    for kind in (
        AuditKind(
            "overlap",
            "error",
            Permission.AREA_READ,
            "m2",
            "area",
            ("Overlapping grids", "网格重叠"),
            "Two grids cover the same %2$s m² in %1$s. Only the order of their codes decides which one it belongs to.",
            "%1$s内有 %2$s 平方米被两个网格重复覆盖，归属仅由编码先后决定。",
        ),
        AuditKind(
            "unowned",
            "error",
            Permission.AREA_READ,
            "workers",
            "area",
            ("Grids without a responsible worker", "无责任网格员的网格"),
            "No worker is responsible for %1$s.",
            "%1$s没有责任网格员。",
        ),
        AuditKind(
            "premises_outside",
            "error",
            Permission.HOUSEHOLD_READ,
            "premises",
            "premises",
            ("Premises in no grid", "网格外的处所"),
            "%2$s premises in %1$s are in no grid, so no worker visits them.",
            "%1$s有 %2$s 处处所不在任何网格内，无人走访。",
        ),
        AuditKind(
            "gap",
            "warning",
            Permission.AREA_READ,
            "m2",
            "area",
            ("Land in no grid", "网格空隙"),
            "%2$s m² of %1$s are in no grid. A report from there reaches no worker automatically.",
            "%1$s有 %2$s 平方米不属于任何网格，该处上报无法自动派遣。",
        ),
        AuditKind(
            "outside_parent",
            "warning",
            Permission.AREA_READ,
            "m2",
            "area",
            ("Grids that extend beyond their area", "超出上级区域的网格"),
            "%2$s m² of a grid of %1$s are outside %1$s.",
            "%1$s的网格有 %2$s 平方米超出其边界。",
        ),
        AuditKind(
            "overloaded_households",
            "warning",
            Permission.HOUSEHOLD_READ,
            "households",
            "household",
            ("Grids with too many households", "户数超标的网格"),
            "%1$s has %2$s households; the standard is at most %3$s.",
            "%1$s有 %2$s 户，标准为不超过 %3$s 户。",
        ),
        AuditKind(
            "overloaded_work",
            "warning",
            Permission.INCIDENT_READ,
            "cases",
            "incident",
            ("Grids with too much open work", "在办案卷超标的网格"),
            "%1$s has %2$s open cases; the standard is at most %3$s.",
            "%1$s有 %2$s 件在办案卷，标准为不超过 %3$s 件。",
        ),
        AuditKind(
            "sliver",
            "info",
            Permission.AREA_READ,
            "m2",
            "area",
            ("Narrow strips", "狭缝"),
            "A narrow strip of %2$s m² in %1$s is in no grid or in two grids, probably by mistake.",
            "%1$s内有 %2$s 平方米的狭缝未被覆盖或被重复覆盖，应非有意划定。",
        ),
        AuditKind(
            "oversized",
            "info",
            Permission.AREA_READ,
            "m2",
            "area",
            ("Grids that are too large", "面积超标的网格"),
            "%1$s has %2$s m²; the standard is at most %3$s m².",
            "%1$s面积 %2$s 平方米，标准为不超过 %3$s 平方米。",
        ),
    )
}
