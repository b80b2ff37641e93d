"""Examples of the API document: how a request and its answers are recorded, and when an answer equals its example.

Ids, instants, tokens and the codes of the random test city are replaced, long lists are cut, so that an example is short and
says the same at each recording.
"""

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from app.core import clock
from app.http import examples
from tests.factories import City

ROOT = Path(__file__).parents[1]
IS_WRITING = bool(os.environ.get("GRIDWARD_WRITE_DOCS"))
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
DAY = re.compile(r"(?<![\d-])20\d\d-\d\d-\d\d(?![\dT-])")
MONTH = re.compile(r"(?<![\w-])20\d\d-(?:0[1-9]|1[0-2])(?![\w-])")
RANDOM = (
    (re.compile(r"\bu[0-9a-f]{16}\b"), "zhang.wei"),
    (re.compile(r"\bn[0-9a-f]{32}\b"), "li.na"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "A-0142"),
    (re.compile(r"(?<=gridward_refresh=)[\w-]+"), "<refresh token>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<access token>"),
    (re.compile(r"\bgw\w_[\w-]{16,}"), "<token>"),
    (re.compile(r"\b330106\d{10}\b"), "3301060101000142"),
)
SECRETS = {
    "access_token": "<access token>",
    "refresh_token": "<refresh token>",
    "token": "<token>",
    "ticket": "<ticket>",
    "one_time_password": "<one-time password>",
    "password": "<password>",
    "client_secret": "<client secret>",
    "current_password": "<password>",
    "new_password": "<new password>",
    "secret": "<secret>",
    "cursor": "<cursor>",
    "after": "<cursor>",
    "next": "<cursor>",
}
CASE_NUMBER = re.compile(r"\b\d{6}-(\d{6}-\d)\b")
DEGREES = re.compile(r"-?\d{1,3}\.\d+")
# Names of the test city, as a newcomer would read them.
PLACES = {
    "d": ("330106", "Xihu", "西湖区"),
    "s": ("330106007", "Gudang", "古荡街道"),
    "c1": ("330106007001", "Wenyi", "文一社区"),
    "c2": ("330106007002", "Wensan", "文三社区"),
    "g1": ("330106007001001", "Wenyi grid 1", "文一社区第一网格"),
    "g2": ("330106007001002", "Wenyi grid 2", "文一社区第二网格"),
    "g3": ("330106007002001", "Wensan grid 1", "文三社区第一网格"),
    "g4": ("330106007002002", "Wensan grid 2", "文三社区第二网格"),
}
NAMES = {
    ("en", "roads"): "Roads",
    ("zh", "roads"): "市政",
    ("en", "cleaning"): "Sanitation",
    ("zh", "cleaning"): "环卫",
    ("en", "Test district"): "Xihu",
    ("zh", "试验区"): "西湖区",
}
# South-west corner of the city in examples, WGS 84.
CORNER, CITY_DEG = (120.1, 30.27), 0.08
MOST_ITEMS, MOST_NUMBERS, MOST_KEYS, MOST_TEXT = 2, 12, 12, 400
LONG_BYTES, DAY_S = 8_000, 86_400


class Anonymiser:
    """Replaces what differs between two runs. One for each operation: the same id gets the same replacement."""

    def __init__(self, cities: list[City], most_items: int = MOST_ITEMS) -> None:
        self.ids: dict[str, str] = {}
        self.shift = NOW - clock.now()
        self.cities = cities
        self.most_items = most_items

    def plain(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            is_secret = key in SECRETS and value and not UUID.fullmatch(value)
            return SECRETS[key] if is_secret else NAMES.get((key, value)) or self.text(value, key)
        if isinstance(value, dict):
            # An object with more keys than any schema has members is a map by code.
            names = list(value)[: MOST_KEYS if len(value) > 60 else None]
            return {self.text(name): self.plain(value[name], name) for name in names}
        if isinstance(value, list):
            is_geometry = bool(value) and isinstance(value[0], (int, float, list))
            return [
                self.plain(part, key) for part in value[: MOST_NUMBERS if is_geometry else self.most_items]
            ]
        if isinstance(value, int) and abs(value - clock.now().timestamp()) < DAY_S:
            return int(NOW.timestamp())
        return self.degrees(round(value, 6)) if isinstance(value, float) else value

    def degrees(self, value: float) -> float:
        """Return a longitude or latitude of a test city as one of the city in examples; other numbers as they are."""
        for city in self.cities:
            for corner, shown in zip((city.lon, city.lat), CORNER, strict=True):
                if -0.02 <= value - corner <= CITY_DEG:
                    return round(value - corner + shown, 6)
        return value

    def text(self, value: str, key: str = "") -> str:
        for city in self.cities:
            for name, (code, english, chinese) in PLACES.items():
                value = re.sub(rf"\b{city.code}-{name}\b", code, value)
                value = re.sub(rf"\bArea {name}\b", english, value)
                value = re.sub(rf"区{name}(?![0-9a-z])", chinese, value)
            value = value.replace(city.code, "330106")
        for (language, name), shown in NAMES.items():
            if language == key:
                value = re.sub(rf"(?<![a-z]){name}(?![a-z])", shown, value)
        if key in ("bbox", "lon", "lat", "csv"):
            value = DEGREES.sub(lambda match: str(self.degrees(float(match[0]))), value)
        value = UUID.sub(lambda match: self.id_for(match[0]), value)
        value = INSTANT.sub(lambda match: self.instant_for(match[0]), value)
        value = DAY.sub(lambda match: self.day_for(match[0], is_of_month=key != "csv"), value)
        value = MONTH.sub(lambda match: f"{shifted_month(date.fromisoformat(match[0] + '-01')):%Y-%m}", value)
        value = CASE_NUMBER.sub(lambda match: f"{NOW:%y%m%d}-{match[1]}", value)
        for pattern, replacement in RANDOM:
            value = pattern.sub(replacement, value)
        return value if len(value) <= MOST_TEXT else value[:MOST_TEXT] + "…"

    def id_for(self, value: str) -> str:
        return self.ids.setdefault(value, f"019caa00-0000-7000-8000-{len(self.ids) + 1:012d}")

    def instant_for(self, value: str) -> str:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return value
        shifted = (instant + self.shift + timedelta(milliseconds=500)).replace(microsecond=0)
        return shifted.isoformat().replace("+00:00", "Z" if value.endswith("Z") else "+00:00")

    def day_for(self, value: str, *, is_of_month: bool) -> str:
        """Return a day, shifted. `is_of_month`: the first and the last day of a month stay first and last."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        if is_of_month and day.day == 1:
            return shifted_month(day).isoformat()
        following = day + timedelta(days=1)
        if is_of_month and following.day == 1:
            return (shifted_month(following) - timedelta(days=1)).isoformat()
        return (day + timedelta(days=round(self.shift / timedelta(days=1)))).isoformat()


def shifted_month(first: date) -> date:
    """Return the first day of a month, as far from the month of `NOW` as `first` is from the present month."""
    now = clock.now()
    months = first.year * 12 + first.month + (NOW.year - now.year) * 12 + NOW.month - now.month - 1
    return date(months // 12, months % 12 + 1, 1)


def parameters_of(operation: str, request: Any, anonymiser: Anonymiser) -> dict[str, dict[str, Any]]:
    """Return the parameters of a request as they were sent: path, query and header by name."""
    address = urlsplit(request.path)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.split()[1]))
    in_path = re.fullmatch(pattern, address.path)
    assert in_path, (operation, request.path)
    parameters = {
        "path": in_path.groupdict(),
        "query": dict(parse_qsl(address.query)),
        "header": {name: value for name, value in request.headers.items() if name != "Authorization"},
    }
    return {place: anonymiser.plain(values) for place, values in parameters.items() if values}


def example_of(operation: str, request: Any, answers: list[Any], cities: list[City]) -> dict[str, Any]:
    """Return the content of the file of an operation: with one item a list where two make it long.

    Args:
        answers: Of the same request, first one first.
    """
    content = _content(operation, request, answers, Anonymiser(cities))
    is_long = len(as_file(content)) > LONG_BYTES
    return _content(operation, request, answers, Anonymiser(cities, most_items=1)) if is_long else content


def _content(operation: str, request: Any, answers: list[Any], anonymiser: Anonymiser) -> dict[str, Any]:
    content: dict[str, Any] = {}
    parameters = parameters_of(operation, request, anonymiser)
    if parameters:
        content["parameters"] = parameters
    if request.json is not None:
        content["request"] = {"application/json": anonymiser.plain(orjson.loads(orjson.dumps(request.json)))}
    elif request.form is not None:
        content["request"] = {"application/x-www-form-urlencoded": anonymiser.plain(request.form)}
    elif request.sheet is not None:
        content["request"] = {"text/csv": anonymiser.text(request.sheet, "csv")}
    responses: dict[str, dict[str, Any]] = {}
    for answer in answers:
        body = body_of(answer, anonymiser)
        if body is not None:
            responses.setdefault(str(answer.status_code), {}).setdefault(answer.mimetype, body)
    if responses:
        content["responses"] = responses
    headers = {
        str(answer.status_code): {
            name: anonymiser.text(answer.headers[name]) for name in examples.HEADERS if name in answer.headers
        }
        for answer in reversed(answers)
    }
    if any(headers.values()):
        content["headers"] = {status: shown for status, shown in sorted(headers.items()) if shown}
    return content


def body_of(answer: Any, anonymiser: Anonymiser) -> Any:
    """Return the body of an answer as an example, or None for pages, pictures and empty bodies."""
    if answer.is_json:
        return anonymiser.plain(answer.json)
    if answer.mimetype in ("text/csv", "text/plain") and answer.data:
        lines = answer.text.removeprefix("\ufeff").splitlines()[:3]
        return anonymiser.text("\n".join(lines) + "\n", "csv")
    return None


def write(operation_id: str, package: str, content: dict[str, Any]) -> None:
    """Write the file of an operation."""
    path = ROOT / "app" / package / "examples" / f"{operation_id}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(as_file(content))


def as_file(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def differences(example: Any, actual: Any, at: str = "$", *, is_exact: bool = False) -> list[str]:
    """Return where a value differs from its example: keys, types and formats; with `is_exact` other texts and numbers too.

    Null equals everything: the schema says which members may be null. A list equals its example if each item shown has an
    equal among its items.
    """
    if example is None or actual is None:
        return []
    if isinstance(example, dict) and isinstance(actual, dict):
        if all(isinstance(count, int) for count in (*example.values(), *actual.values())):
            return []  # counts by code
        keys = [f"{at}: {key} is only in one of both" for key in sorted(example.keys() ^ actual.keys())]
        return keys + [
            difference
            for key in example.keys() & actual.keys()
            for difference in differences(example[key], actual[key], f"{at}.{key}", is_exact=is_exact)
        ]
    if isinstance(example, list) and isinstance(actual, list):
        if not example or not actual:
            return []
        return [
            f"{at}[{number}]: like none of {len(actual)} items"
            for number, item in enumerate(example)
            if all(differences(item, other, is_exact=is_exact) for other in actual)
        ]
    if form_of(example) != form_of(actual):
        return [f"{at}: {example!r} against {actual!r}"]
    if is_exact and form_of(example) in ("str", "bool", "number") and undated(example) != undated(actual):
        return [f"{at}: {example!r} against {actual!r}"]
    return []


def undated(value: Any) -> Any:
    """Return a text without its dates: how far one is from today differs from day to day."""
    return DAY.sub("<day>", INSTANT.sub("<instant>", value)) if isinstance(value, str) else value


def form_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        for name, pattern in (
            ("uuid", UUID),
            ("instant", INSTANT),
            ("day", DAY),
            ("month", MONTH),
            ("case number", CASE_NUMBER),
        ):
            if pattern.fullmatch(value):
                return name
    return type(value).__name__


def recorded(operation_id: str) -> dict[str, Any]:
    """Return what the file of an operation holds."""
    content = examples.read(operation_id)
    assert content is not None, (
        "no example: GRIDWARD_WRITE_DOCS=1 bin/test --pytest tests/test_contract_answers.py writes it"
    )
    return content
