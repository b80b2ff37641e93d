"""Messages of error codes: one each, complete in both languages, and without codes in their sentences."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from app.core.wording import fields_of
from app.dispatch.rules import ranking, run_sentences
from app.dispatch.rules.refusals import REASONS, subject_unit_not_eligible, worker_not_eligible
from app.http.errors import STATUS
from app.http.messages import MESSAGES, SUBJECTS, field_errors, sentence, title, with_message
from app.http.messages.bounds import BOUND_MESSAGES
from app.http.messages.titles import TITLES
from app.incidents.cases.rules.lifecycle import ACTIONS, Status
from app.incidents.cases.rules.names import illegal_transition

LANGUAGES = {"en": "en", "zh": "zh-CN"}
# What a message may have as values, by name.
TYPICAL: dict[str, object] = {
    **{"at": 7, "begin": 3, "end": 14, "device_seq": 41, "hours": 24, "retry_after_s": 30, "times": 1},
    **{"confirmed": 4, "households": 3},
    **{"characters": 5, "days": 7, "least": 1, "length": 2_000_000, "most": 200, "rows": 5000, "words": 3},
    **{"case_no": "261128-000123-4", "category": "E0102", "skill": "electric", "stage": "demolish"},
    **{"header": "Upload-Length", "name": "colour", "part": "htu", "said": "2026-13-01"},
    "codes": ["E0101", "E0102"],
    "first": datetime(2026, 10, 1, 8, 5, tzinfo=UTC),
    "found": {"en": "text", "zh": "文本"},
    "known": ["csv", "xlsx"],
    "limit": 20_000_000,
    "quota": {"en": "1,000 files an hour", "zh": "每小时 1,000 个文件"},
    "needs": {"en": "a unit (unit_id) and no area", "zh": "指定单位（unit_id），不能指定区域"},
    "owner": {"en": "Street cleaning", "zh": "环卫所"},
    "reason": {"en": "the worker is off duty", "zh": "其未在岗"},
    "status": {"en": "Dispatched", "zh": "已派遣"},
    "step": {"en": "Force close", "zh": "强制结案"},
    "to": {"en": "this worker", "zh": "该人员"},
    "units": [{"en": "Roads", "zh": "道路"}, {"en": "Trees", "zh": "绿化"}],
    "wanted": {"en": "a number", "zh": "数字"},
    "who": {"en": "the handler or the checker", "zh": "承办人、核查人"},
}
# A code: two words or more, joined by `_` or `:`.
CODE = re.compile(r"\b[a-z]+(?:[_:][a-z]+)+\b")
# Members and headers of requests, which a client must send or read as they are.
MEMBERS = {
    *(
        "allow_phone",
        "allow_same_address",
        "alone_reason",
        "applied_device_seq",
        "as_of",
        "coord_sys",
        "merged_into",
    ),
    *("premises_id", "server_time", "unit_id", "area_id", "api_key", "address_string", "address_id"),
}
# Latin words that Chinese texts have too: names of standards, formats, members, headers and commands.
NAMES = {
    *("as_of", "alone_reason", "allow_phone", "allow_same_address", "applied_device_seq", "compare", "datetime", "errors"),
    *("findings", "iat", "id", "merged_into", "next", "none", "premises_id", "rel", "server_time", "since", "area_id"),
    *("unit_id", "CODE", "CQL", "CSV", "DPoP", "Feature", "GB", "GeoJSON", "GeoPackage", "Idempotency", "If", "JSON"),
    *("Key", "MB", "Match", "PATCH", "POST", "PUT", "Resumable", "Shapefile", "Tus", "UTF", "UUID", "UUIDv", "Node"),
    *("URL", "Z", "T", "account", "admin", "bin", "create", "docs", "gridward", "import", "ingest", "jurisdiction", "md"),
    *("me", "mobile", "password", "reset", "role", "tokens", "undo", "web", "GRIDWARD", "METRICS", "TOKEN"),
    *("GRIDWARD_METRICS_TOKEN", "true", "false", "make", "reference", "API", "RSA", "P", "Ed", "EC", "http", "https"),
    *("PDF", "api_key", "lat", "long", "address_string", "address_id"),
}  # fmt: skip


def latin_words(chinese: str) -> set[str]:
    return set(re.findall(r"[A-Za-z][A-Za-z_]*", chinese)) - NAMES


def rendered(code: str, language: str) -> str:
    values = {name: TYPICAL[name] for name in fields_of(MESSAGES[code][0])}
    return sentence(code, LANGUAGES[language], **values)


def test_every_error_code_has_one_message() -> None:
    codes = Counter(code for subject in SUBJECTS for code in subject)
    assert not [code for code, times in codes.items() if times > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rendered_messages_have_no_placeholder_and_no_code(language) -> None:
    texts = {code: rendered(code, language) for code in MESSAGES}
    assert {code: text for code, text in texts.items() if re.search(r"[{}]|\['", text)} == {}
    codes = {code: set(CODE.findall(text)) - MEMBERS for code, text in texts.items()}
    assert {code: words for code, words in codes.items() if words} == {}


def test_chinese_messages_have_no_english_words() -> None:
    templates = {code: re.sub(r"\{[^}]*\}", "", chinese) for code, (_, chinese) in MESSAGES.items()}
    assert {code: words for code, text in templates.items() if (words := latin_words(text))} == {}


def test_messages_have_plural_forms_of_what_they_count() -> None:
    assert rendered("extended_enough", "en") == (
        "The deadline was extended 1 time already. No more extensions are allowed."
    )
    assert "7 days ago" in rendered("contest_too_late", "en")
    digits = re.compile(r"\{\w+\} (?:times|days|hours|seconds|rows|households|bytes|groups|reports)\b|\(s\)")
    assert [code for code, (english, _) in MESSAGES.items() if digits.search(english)] == []


def test_titles_of_all_statuses_are_in_the_language_of_the_reader() -> None:
    assert set(STATUS.values()) <= TITLES.keys()
    for status, (english, chinese) in TITLES.items():
        assert english.isascii() and latin_words(chinese) == set()
        assert (title(status, "en"), title(status, "zh-CN")) == (english, chinese)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Must be greater than or equal to 1 and less than or equal to 200.",
            ("out_of_range", "应在 1 到 200 之间"),
        ),
        ("Must be one of: zh, en.", ("not_one_of", "应为以下之一：zh、en")),
        ("Longer than maximum length 60.", ("wrong_length", "长度最大为 60")),
        ("Not a valid aware datetime.", ("invalid", "应为带时区的日期时间，例如 2026-10-01T08:00:00Z")),
        ("Something that marshmallow says.", ("invalid", "无效")),
        ("uuid_version", ("uuid_version", "必须是 UUIDv7")),
    ],
)
def test_chinese_field_fault_tells_the_bounds(app, text, expected) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        (fault,) = field_errors({"json": {"limit": [text]}})
    assert (fault["field"], fault["code"], fault["message"]) == ("limit", *expected)


@pytest.mark.parametrize(
    ("fault", "english", "chinese"),
    [
        ({"code": "out_of_range", "days": 90}, "must be at most 90 days from now", "最迟为 90 天之后"),
        (
            {"code": "out_of_range", "most": 2.0, "unit": "work_day"},
            *("must be at most 2 (work_day)", "最大为 2（work_day）"),
        ),
        (
            {"code": "not_one_of", "allowed": ["pass", "unable"]},
            *("is not one of pass and unable", "不是以下之一：pass、unable"),
        ),
        ({"code": "out_of_range"}, "is out of range", "超出范围"),
        ({"code": "out_of_range", "least": 7, "most": 92}, "is out of range", "超出范围"),
    ],
)
def test_domain_field_fault_tells_its_bounds(app, fault, english, chinese) -> None:
    for tag, text in (("en", english), ("zh-CN", chinese)):
        with app.test_request_context(headers={"Accept-Language": tag}):
            assert with_message({"field": "until"} | fault)["message"] == text


def test_sentences_with_bounds_belong_to_codes_that_have_a_message() -> None:
    assert {code for code, _ in BOUND_MESSAGES} <= MESSAGES.keys()


def test_refusals_of_dispatch_have_words_for_every_rule() -> None:
    never_refused = {"responsible", "nearest", "not_chosen", "rework", "on_the_spot", "own_report", "pinned"}
    never_refused |= {"override", "confirmed", "by_supervisor"}
    assert run_sentences._REASONS.keys() - never_refused == REASONS.keys() >= ranking.NEVER_OVERRIDDEN
    refusal = worker_not_eligible("off_duty")
    assert sentence(refusal.code, "en", **refusal.params) == (
        "The case cannot be given to this worker: the worker is off duty."
    )
    assert sentence(refusal.code, "zh-CN", **refusal.params) == "案卷不能交由该人员承办：其未在岗。"
    assert refusal.extra == {"reason": "off_duty"}
    assert subject_unit_not_eligible().params["to"] == {"en": "this unit", "zh": "该单位"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_refused_steps_are_named_in_words(action) -> None:
    for status in Status:
        refused = illegal_transition(status.value, action)
        for language in LANGUAGES.values():
            assert CODE.findall(sentence(refused.code, language, **refused.params)) == []
