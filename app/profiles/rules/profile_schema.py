"""The schema of a whole profile: its sections, and the settings that have no module of their own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from app.profiles.rules.dispatch_settings import DispatchWeightsSchema, ModeSchema
from app.profiles.rules.duplicates import DuplicatesSchema
from app.profiles.rules.duty import DutySchema
from app.profiles.rules.evaluation import EvaluationSchema
from app.profiles.rules.household_notices import HouseholdNoticesSchema
from app.profiles.rules.levels import LEVEL_WORDS, LEVELS, level_option
from app.profiles.rules.lifecycle import LifecycleSchema
from app.profiles.rules.notices import NoticesSchema
from app.profiles.rules.planning import PlanningSchema
from app.profiles.rules.publicity import PublicDoorSchema, publicity_option
from app.profiles.rules.questions import questions_of_category
from app.profiles.rules.schema_fields import (
    Day,
    Expression,
    Flag,
    Noun,
    Number,
    Option,
    Text,
    TimeOfDay,
    Whole,
    Zone,
)
from app.profiles.rules.schema_sections import Items, Keyed, Part, Section
from app.profiles.rules.signals import SignalsSchema
from app.profiles.rules.stages import ConditionSchema, NameSchema

_WORD = r"[a-z][a-z0-9_-]*"
_WEEKDAYS = {
    1: ("Monday", "周一"),
    2: ("Tuesday", "周二"),
    3: ("Wednesday", "周三"),
    4: ("Thursday", "周四"),
    5: ("Friday", "周五"),
    6: ("Saturday", "周六"),
    7: ("Sunday", "周日"),
}


def _name() -> Part:
    return Part(NameSchema, required=True, title="名称")


class LevelSchema(Section):
    level = level_option()
    name = _name()
    code = Expression(required=True, title="编码")
    starts_with_parent = Flag(required=True, title=("code begins with that of the parent", "以上级编码开头"))


class CalendarSchema(Section):
    work_intervals = Items(
        Items(TimeOfDay(), min_items=2, max_items=2),
        min_items=1,
        max_items=12,
        required=True,
        title=("working hours", "工作时段"),
        kind="work_hours_changed",
    )
    weekend = Items(
        Option(_WEEKDAYS),
        max_items=6,
        is_unique=True,
        required=True,
        title="周末",
        kind="weekend_changed",
    )
    holidays = Items(Day(), is_unique=True, required=True, title="节假日", kind="rest_days")
    workdays = Items(
        Day(), is_unique=True, required=True, title=("additional work days", "调休工作日"), kind="work_days"
    )


class PresenceSchema(Section):
    policy = Option(
        {
            "off": ("off", "关闭"),
            "warn": ("warn", "提醒"),
            "require_reason": ("require a reason", "须说明原因"),
            "block": ("refuse the step", "不允许操作"),
        },
        required=True,
        title="方式",
    )
    radius_m = Number(0, 10_000, is_exclusive=True, required=True, title=("radius in m", "半径（米）"))
    fresh_minutes = Number(
        0,
        1440,
        is_exclusive=True,
        required=True,
        title=("minutes for which a position is fresh", "定位有效分钟数"),
    )


class CategorySchema(Section):
    code = Text(r"[A-Za-z0-9_-]+", max_length=40, required=True, title="编码")
    name = _name()
    kind = Option(
        {"component": ("component", "部件"), "event": ("event", "事件")}, required=True, title="性质"
    )
    class_ = Part(NameSchema, required=True, data_key="class", title="大类")
    handled_by = Option(
        {"worker": ("grid worker", "网格员"), "unit": ("unit", "单位")}, required=True, title="处置方"
    )
    on_the_spot = Flag(required=True, title=("handling on the spot", "当场处置"))
    conduct = Flag(required=True, title="行为类")
    urgent = Flag(required=True, title="紧急")
    confidential = Flag(required=True, title="保密")
    skills = Items(Text(_WORD, max_length=40), max_items=20, is_set=True, required=True, title="技能")
    priority = Option([1, 2, 3], required=True, title="优先级")
    conditions = Items(
        Part(ConditionSchema),
        min_items=1,
        max_items=20,
        required=True,
        noun=Noun("condition", ("filing condition", "立案条件"), key="code"),
        title=("filing conditions", "立案条件"),
    )
    presence = Part(PresenceSchema, title=("proof of presence", "到场核验"))
    people = Option([1, 2], title=("number of workers", "人数"))
    publicity = publicity_option()
    questions = questions_of_category()


class TaxonomySchema(Section):
    version = Text(max_length=40, required=True, title="版本")
    categories = Items(
        Part(CategorySchema),
        min_items=1,
        required=True,
        noun=Noun("category", ("category", "类别"), key="code"),
        title="类别",
    )


class GridsSchema(Section):
    """Standards of the size of a grid, for the grid audit. A standard that is left out is not audited."""

    households_most = Whole(1, 1_000_000, title=("maximum households", "户数上限"))
    large_community_households = Whole(
        1, 1_000_000, title=("households of a large community", "大型社区户数")
    )
    households_most_in_large_community = Whole(
        1, 1_000_000, title=("maximum households in a large community", "大型社区户数上限")
    )
    open_work_most = Whole(0, 1_000_000, title=("maximum open cases", "在办案卷上限"))
    area_m2_most = Number(0, 1e12, is_exclusive=True, title=("maximum area in m²", "面积上限（平方米）"))
    sliver_width_m = Number(
        0, 100, is_exclusive=True, title=("width of a narrow strip in m", "狭缝宽度（米）")
    )

    constraints: ClassVar[Mapping[str, Any]] = {
        "dependentRequired": {
            "large_community_households": ["households_most_in_large_community"],
            "households_most_in_large_community": ["large_community_households"],
        }
    }


class ChecksSchema(Section):
    sample_rate_on_the_spot = Number(
        0, 1, required=True, title=("share checked after handling on the spot", "当场处置抽查比例")
    )


class AddressesSchema(Section):
    rule = Option(["xihu", "free"], required=True, title="规则")


class DispatchSchema(Section):
    neighbours = Items(Text(max_length=64), max_items=20, is_set=True, title="邻近城市")


class ProfileSchema(Section):
    """The profile of a jurisdiction."""

    # Editors read it to find the JSON Schema of a document.
    schema_ = Text(max_length=1000, data_key="$schema", title=("JSON Schema", "JSON Schema"))
    code = Text(_WORD, max_length=40, required=True, title="编码")
    name = _name()
    timezone = Zone(required=True, title=("time zone", "时区"), kind="timezone_changed")
    levels = Items(
        Part(LevelSchema),
        min_items=len(LEVELS),
        max_items=len(LEVELS),
        required=True,
        noun=Noun("level", ("level", "层级"), key="level", labels=LEVEL_WORDS),
        title="层级",
    )
    calendar = Part(CalendarSchema, required=True, title="日历")
    taxonomy = Part(TaxonomySchema, required=True, title="类别", is_silent=True)
    checks = Part(ChecksSchema, required=True, title="核查")
    modes = Keyed(
        Text(_WORD, max_length=40),
        Part(ModeSchema),
        needed=("normal",),
        noun=Noun("mode", ("mode", "模式"), labels={"normal": ("normal mode", "平时模式")}),
        required=True,
        title="模式",
    )
    dispatch_weights = Part(DispatchWeightsSchema, required=True, title="派遣权重", kind="weight_changed")
    addresses = Part(AddressesSchema, title="地址")
    presence = Part(PresenceSchema, title=("proof of presence", "到场核验"))
    grids = Part(GridsSchema, title="网格标准")
    dispatch = Part(DispatchSchema, title="派遣")
    planning = Part(PlanningSchema, title=("day plans", "当日计划"))
    figures = Part(EvaluationSchema, title="统计数据")
    duty = Part(DutySchema, title="在岗")
    lifecycle = Part(LifecycleSchema, title=("life cycle", "案卷流程"))
    duplicates = Part(DuplicatesSchema, title="重复上报")
    deadlines = Part(NoticesSchema, title="时限")
    signals = Part(SignalsSchema, title="信号")
    public = Part(PublicDoorSchema, title=("public door", "公众入口"))
    notices = Part(HouseholdNoticesSchema, title=("notices to households", "告知"))


PROFILE = ProfileSchema()
