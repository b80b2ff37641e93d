"""Profile section on the life cycle of cases.

Documents without the section get the defaults.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.enumerations import Enumeration
from app.profiles.rules.faults import NOTE, Fault, at, repeated
from app.profiles.rules.schema_fields import Flag, Number, Option, Text, Whole
from app.profiles.rules.schema_sections import Items, Part, Section, section
from app.profiles.rules.stages import (
    UNITS,
    VERIFY,
    LimitSchema,
    NameSchema,
    StageLimit,
    read_limit,
)

# Channels of reports. Reports of workers and imports are never verified because of their source.
SOURCES = Enumeration(
    "CaseSource",
    {
        "worker": "a grid worker",
        "public": "a member of the public",
        "video": "video monitoring",
        "leader": "an instruction of a leader",
        "import": "an import from another system",
        "signal": "a signal that the server computed",
    },
)
VERIFIED = {
    "public": ("public", "公众上报"),
    "video": ("video", "视频"),
    "leader": ("leader", "领导批示"),
    "signal": ("signal", "信号"),
}


def _category_codes(*, is_required: bool = False, title: tuple[str, str] | str) -> Items:
    code = Text(r"[A-Za-z0-9_-]+", max_length=40)
    return Items(code, max_items=1000, is_unique=True, required=is_required, title=title)


class VerificationSchema(Section):
    sources = Items(Option(VERIFIED), max_items=len(VERIFIED), is_unique=True, title="来源")
    categories = _category_codes(title="类别")
    limit = Part(LimitSchema, title="时限")
    verifier_may_handle = Flag(title=("the verifier may handle the case", "核实人可处置"))


class ReasonSchema(Section):
    code = Text(r"[a-z][a-z0-9_]*", max_length=40, required=True, title="编码")
    name = Part(NameSchema, required=True, title="名称")


class AdmissionSchema(Section):
    grid = _category_codes(is_required=True, title="网格")


class ExtensionSchema(Section):
    times_most = Whole(0, 10, title=("maximum times", "次数上限"))
    most = Part(
        section(
            "ExtensionAmountsSchema",
            **{unit: Number(0, 10_000, is_exclusive=True, title=words) for unit, words in UNITS.items()},
        ),
        title=("maximum", "上限"),
    )


class ContestSchema(Section):
    days = Number(0, 365, title="天数")
    goes_to = Option(
        {"rework": ("rework", "返工"), "decision": ("decision by a supervisor", "督导员裁定")},
        title=("next step", "去向"),
    )


class BooksSchema(Section):
    needs_extension = Flag(title=("extension required first", "须先延期"))
    days_most = Whole(1, 3660, title=("maximum days", "天数上限"))


class DeferralSchema(Section):
    days_most = Whole(1, 3660, title=("maximum days", "天数上限"))


class LifecycleSchema(Section):
    verify = Part(VerificationSchema, title=("verification", "核实"))
    not_filed_reasons = Items(
        Part(ReasonSchema), min_items=1, max_items=50, title=("reasons for not filing", "不予立案理由")
    )
    force_closed_reasons = Items(
        Part(ReasonSchema), min_items=1, max_items=50, title=("reasons for force-closing", "强制结案理由")
    )
    admission = Part(AdmissionSchema, title="准入")
    extension = Part(ExtensionSchema, title="延期")
    contest = Part(ContestSchema, title="异议")
    books = Part(BooksSchema, title=("long-term hold", "挂账"))
    deferral = Part(DeferralSchema, title="缓办")
    returns_most = Whole(0, 20, title=("maximum returns", "退回次数上限"))


Reasons = Mapping[str, dict[str, str]]
# Reasons that the server gives: after a verification with result `not_exist`, after a merge, and where none was given.
NOT_FOUND, DUPLICATE, OTHER = "not_found", "duplicate", "other"
_VERIFYING = {"zh": "核实", "en": "Verify"}
_OTHER = {OTHER: {"zh": "其他", "en": "Other"}}
_NOT_FILED: dict[str, dict[str, str]] = {
    NOT_FOUND: {"zh": "现场未发现", "en": "Not found at the place"},
    "out_of_scope": {"zh": "不属于本平台受理范围", "en": "Outside the scope of this platform"},
    DUPLICATE: {"zh": "重复上报", "en": "Duplicate report"},
    "insufficient": {"zh": "信息不足，无法定位或核实", "en": "Not enough information to locate or verify it"},
    "already_solved": {"zh": "已自行解决", "en": "Solved already"},
}
_FORCE_CLOSED: dict[str, dict[str, str]] = {
    "unsolvable": {"zh": "客观条件无法解决", "en": "Cannot be solved"},
    "handled_elsewhere": {"zh": "已由其他渠道办理", "en": "Handled through another channel"},
    "withdrawn": {"zh": "上报人撤回", "en": "Withdrawn by the reporter"},
    DUPLICATE: {"zh": "重复上报", "en": "Duplicate report"},
}


@dataclass(frozen=True, slots=True)
class Verification:
    """Rule for verification: a worker checks at the place if a report is true, before filing.

    Args:
        sources: Reports from these sources are verified, unless they are urgent.
        categories: Reports of these categories are always verified.
        limit: Time limit from the report until the case is filed or ends; None: no limit.
        verifier_may_handle: The verifier may get the offer to handle the case, for grids with one worker and no other nearby.
            The verifier never gets the offer to check the handling.
    """

    sources: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    limit: StageLimit | None = None
    verifier_may_handle: bool = False

    def asks(self, *, source: str, category: str, is_urgent: bool) -> bool:
        """Return True if a report from this source and of this category must be verified.

        An urgent report must only be verified if its category is in `categories`.
        """
        return category in self.categories or (source in self.sources and not is_urgent)


@dataclass(frozen=True, slots=True)
class Extension:
    """Rule for extensions, which make a time limit of a case longer.

    Attributes:
        times_most: Maximum number of extensions of one limit.
        amounts: Maximum length of one extension, by the unit of the limit.
    """

    times_most: int = 1
    amounts: Mapping[str, float] = field(default_factory=dict)

    def most(self, unit: str, amount: float) -> float:
        """Return how long one extension may be at most, in the unit of the limit.

        Without a rule for the unit, an extension may be as long as the original limit.

        Args:
            unit: Unit of the limit.
            amount: Amount of the original limit.
        """
        return self.amounts.get(unit, amount)


@dataclass(frozen=True, slots=True)
class Contest:
    """Rule for contests, in which a reporter rejects how the case ended.

    Args:
        days: Days after the end within which the case can be contested; 0: never.
        goes_to: `rework`: a contested closed case is handled again. `decision`: a supervisor decides. A contest of a
            force-closed case is always decided by a supervisor who did not force-close the case.
    """

    days: float = 7
    goes_to: str = "rework"


@dataclass(frozen=True, slots=True)
class Books:
    """Rule for cases on long-term hold (挂账): open cases that are postponed, with the limit paused.

    Attributes:
        needs_extension: A case must have had an extension before it can be put on long-term hold.
        days_most: Maximum number of days on long-term hold.
    """

    needs_extension: bool = True
    days_most: int = 180


@dataclass(frozen=True, slots=True)
class Deferral:
    """Rule for deferred cases, whose time limit is paused until a review date.

    Attributes:
        days_most: Maximum number of days until the review date.
    """

    days_most: int = 90


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Rules of the life cycle of cases.

    Args:
        not_filed, force_closed: Reasons for ending a case in this state, by code, with their names by language.
        admitted: Code prefixes of the categories that may be dispatched to grids; None: all categories.
        returns_most: A unit that returns a case can name another unit, which gets the case. After this number of returns a
            supervisor decides instead.
    """

    verify: Verification = field(default_factory=Verification)
    extension: Extension = field(default_factory=Extension)
    contest: Contest = field(default_factory=Contest)
    books: Books = field(default_factory=Books)
    deferral: Deferral = field(default_factory=Deferral)
    not_filed: Reasons = field(default_factory=lambda: _NOT_FILED | _OTHER)
    force_closed: Reasons = field(default_factory=lambda: _FORCE_CLOSED | _OTHER)
    admitted: tuple[str, ...] | None = None
    returns_most: int = 2

    def admits(self, category: str) -> bool:
        """Return True if cases of the category may be dispatched to the workers of a grid."""
        return self.admitted is None or category.startswith(self.admitted)

    def reasons(self, status: str) -> Reasons:
        """Return the reasons that an actor can give for ending a case in `status`, by code."""
        return {"not_filed": self.not_filed, "force_closed": self.force_closed}.get(status, {})


def parse_lifecycle(data: dict[str, Any] | None) -> Lifecycle:
    """Parse the section on the life cycle. Missing members get the defaults.

    The built-in reasons remain valid.
    """
    section = data or {}
    settings: dict[str, Any] = {}
    if "verify" in section:
        verify = section["verify"]
        settings["verify"] = Verification(
            frozenset(verify.get("sources", ())),
            frozenset(verify.get("categories", ())),
            _verification_limit(verify.get("limit")),
            verify.get("verifier_may_handle", False),
        )
    if "extension" in section:
        rules = section["extension"]
        amounts = {unit: amount for unit, amount in rules.get("most", {}).items() if unit != NOTE}
        settings["extension"] = Extension(rules.get("times_most", 1), amounts)
    for name, kind in (("contest", Contest), ("books", Books), ("deferral", Deferral)):
        if name in section:
            settings[name] = kind(**{key: value for key, value in section[name].items() if key != NOTE})
    if "not_filed_reasons" in section:
        built_in = {code: _NOT_FILED[code] for code in (NOT_FOUND, DUPLICATE)}
        settings["not_filed"] = built_in | _reasons(section["not_filed_reasons"]) | _OTHER
    if "force_closed_reasons" in section:
        settings["force_closed"] = _reasons(section["force_closed_reasons"]) | _OTHER
    if "admission" in section:
        settings["admitted"] = tuple(section["admission"]["grid"])
    if "returns_most" in section:
        settings["returns_most"] = section["returns_most"]
    return Lifecycle(**settings)


def _verification_limit(limit: dict[str, Any] | None) -> StageLimit | None:
    return StageLimit(VERIFY, _VERIFYING, read_limit(limit), "reported", "filed") if limit else None


def _reasons(items: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    return {item["code"]: {"zh": item["name"]["zh"], "en": item["name"]["en"]} for item in items}


def lifecycle_faults(section: object, codes: set[str]) -> Iterator[Fault]:
    """Yield a fault for each duplicate in a list and for each unknown category code.

    Args:
        codes: The category codes of the profile.
    """
    lists: dict[str, list[tuple[str, str]]] = {
        path: _strings(section, path) for path in ("verify.sources", "verify.categories", "admission.grid")
    }
    for path, values in lists.items():
        yield from repeated([(value_path, value) for value_path, value in values], "value")
        for value_path, code in values:
            is_known = (
                code in codes if path == "verify.categories" else any(c.startswith(code) for c in codes)
            )
            if path != "verify.sources" and not is_known:
                yield Fault(value_path, "unknown_category", f"{code} is not in the taxonomy")
    for path in ("not_filed_reasons", "force_closed_reasons"):
        values = _strings(section, path, "code")
        yield from repeated([(value_path, value) for value_path, value in values], "reason")


def _strings(section: object, path: str, member: str | None = None) -> list[tuple[str, str]]:
    """Return the strings in a list of the section, each as (path, string).

    Values of another type are skipped, because the check of the structure reports them.

    Args:
        path: Names of the members that lead from the section to the list, joined by dots.
        member: The list has objects, and this member of each object is the string; None: the list has strings.
    """
    node: object = section
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    strings = []
    for n, value in enumerate(node if isinstance(node, list) else []):
        string = value.get(member) if member and isinstance(value, dict) else value
        if isinstance(string, str):
            strings.append(
                (at(at(at("lifecycle", path), n), member) if member else at(at("lifecycle", path), n), string)
            )
    return strings
