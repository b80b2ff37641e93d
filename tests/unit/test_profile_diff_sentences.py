"""Sentences about changes of a profile: settings and values in words, in both languages."""

import copy
import re
from typing import Any

import pytest

from app.profiles.rules.diff import differences
from app.profiles.rules.profile_schema import PROFILE
from app.profiles.service import packaged_profile
from tests.unit.profile_documents import settings_of

XIHU = packaged_profile("xihu")


def only_sentence(**changes: Any) -> dict[str, str]:
    new = copy.deepcopy(XIHU)
    for path, value in changes.items():
        *steps, last = path.split("__")
        node: Any = new
        for step in steps:
            node = node[int(step) if step.isdigit() else step]
        node[last] = value
    (difference,) = differences(XIHU, new)
    return difference.sentence


@pytest.mark.parametrize(
    ("change", "english", "chinese"),
    [
        ({"calendar__weekend": [7]}, "Calendar, weekend changed from Saturday and Sunday to Sunday.",
         "日历—周末由周六、周日改为周日。"),
        ({"dispatch_weights__distance": 2}, "Dispatch weights, distance changed from 0.8 to 2.", "派遣权重—距离由0.8改为2。"),
        ({"modes__normal__max_rounds": 9}, "normal mode: maximum number of offers changed from 8 to 9.",
         "平时模式：派遣轮数上限由8改为9。"),
        ({"taxonomy__categories__0__presence": {"policy": "warn", "radius_m": 100}},
         "0101 上水井盖 Water supply cover: proof of presence changed from not set to (policy warn and radius in m 100).",
         "0101 上水井盖 Water supply cover：到场核验由未设置改为（方式提醒、半径（米）100）。"),
    ],
)  # fmt: skip
def test_changed_setting_is_told_in_words(change, english, chinese):
    assert only_sentence(**change) == {"en": english, "zh": chinese}


def test_sentences_have_no_json_and_every_setting_has_a_name():
    named = dict(settings_of(PROFILE))
    assert len(named) > 250
    assert "/taxonomy/categories/conditions/limits/until" in named
    assert [path for path, setting in named.items() if not setting.metadata.get("x-title-zh")] == []
    hours = only_sentence(calendar__work_intervals=[["08:30", "12:00"]])
    assert "08:30 to 12:00" in hours["en"] and "08:30至12:00" in hours["zh"]
    assert not re.search(r'[{}\[\]"]', hours["en"] + hours["zh"])
