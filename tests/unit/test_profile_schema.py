"""The schema of a profile and its JSON Schema: both accept the same documents; every setting has its words."""

import copy
import os
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import orjson
import pytest
from click.testing import CliRunner

from app.cli import main
from app.profiles.rules.cross_checks import cross_faults
from app.profiles.rules.diff import differences
from app.profiles.rules.json_schema import DIALECT, json_schema
from app.profiles.rules.profile_schema import PROFILE
from app.profiles.rules.schema_sections import structure_faults
from app.profiles.rules.validation import faults_of
from app.profiles.service import packaged_profile
from tests.sample_sizes import examples
from tests.unit.profile_documents import Document, changed_profile, full_profile

SEED = int(os.environ.get("GRIDWARD_SEED", "20261129"))


def is_time_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


VALIDATOR = jsonschema_rs.Draft202012Validator(
    json_schema(), validate_formats=True, formats={"iana-time-zone": is_time_zone}
)


def is_published(path: str, code: str) -> bool:
    """Return True if the JSON Schema has the rule of a fault that links settings."""
    is_item = path.rpartition(".")[2].isdecimal()
    return code in {"one_amount", "limit_beside_limits", "missing"} or (code == "duplicate" and is_item)


def is_valid(document: object) -> bool:
    linked = [fault for fault in cross_faults(document) if is_published(fault.path, fault.code)]
    return not structure_faults(PROFILE, document) and not linked


def test_json_schema_accepts_packaged_and_full_profiles() -> None:
    for document in (packaged_profile("xihu"), packaged_profile("generic"), full_profile()):
        assert faults_of(document) == []
        assert [*VALIDATOR.iter_errors(document)] == []


def test_json_schema_agrees_with_schema_on_generated_profiles() -> None:
    print(f"GRIDWARD_SEED={SEED}")
    random, count = Random(SEED), examples(400, 4000)
    full, valid = full_profile(), 0
    for _ in range(count):
        document = changed_profile(full, random)
        assert VALIDATOR.is_valid(document) == is_valid(document), (
            [*map(str, VALIDATOR.iter_errors(document))][:2],
            faults_of(document)[:5],
        )
        valid += is_valid(document)
    # Both kinds are drawn often.
    assert 0.1 * count < valid < 0.6 * count


@pytest.mark.parametrize("document", [None, [], "profile", 7, True, {}])
def test_json_schema_agrees_with_schema_on_other_values(document: object) -> None:
    assert not VALIDATOR.is_valid(document)
    assert not is_valid(document)


def without(path: str, **added: object) -> Document:
    """Return the full profile without the member at a path, and with members added beside it."""
    document = full_profile()
    *steps, last = path.split("/")
    place: Any = document
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    del place[last]
    place |= added
    return document


CONDITIONS = "taxonomy/categories/0/conditions"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (without("grids/large_community_households"), "missing"),
        (without("grids/households_most_in_large_community"), "missing"),
        (without("deadlines/warn/share"), "one_amount"),
        (without("deadlines/warn/share", share=0.5, hours=1), "one_amount"),
        (without("deadlines/escalate/0/hours"), "one_amount"),
        (without(f"{CONDITIONS}/0/limit"), "missing"),
        (
            without(f"{CONDITIONS}/1/code", code="deep", limit={"unit": "work_day", "amount": 1}),
            "limit_beside_limits",
        ),
        (without("calendar/weekend", weekend=[6, 6]), "duplicate"),
    ],
)
def test_json_schema_refuses_what_settings_forbid_each_other(document: Document, code: str) -> None:
    assert [fault.code for fault in faults_of(document)] == [code]
    assert not VALIDATOR.is_valid(document)


def test_full_profile_of_the_tests_has_every_section() -> None:
    full = full_profile()
    assert PROFILE.settings.keys() - full.keys() == {"$schema"}


def test_profile_may_name_its_json_schema_and_differs_in_nothing() -> None:
    document = packaged_profile("generic")
    assert faults_of(document | {"$schema": "./profile.schema.json"}) == []
    assert differences(document, document | {"$schema": "./profile.schema.json"}) == []
    assert [fault.pointer for fault in faults_of(document | {"$schema": 5})] == ["/$schema"]


def test_profile_names_faults_of_arrays_that_hold_arrays() -> None:
    document = full_profile()
    document["modes"]["normal"]["redispatch"]["on"] = [[], {}, "upgraded"]
    assert [(fault.path.rpartition("redispatch.")[2], fault.code) for fault in faults_of(document)] == [
        ("on.0", "not_allowed"),
        ("on.1", "not_allowed"),
    ]


@pytest.mark.parametrize(
    ("section", "member", "value", "english"),
    [
        ("lifecycle/verify", "categories", ["E-litter", "C-pothole"],
         "Life cycle, verification, categories changed from E-litter to E-litter and C-pothole."),
        ("lifecycle/verify", "limit", {"unit": "work_hour", "amount": 3},
         "The limit changed from 2 work hours to 3 work hours."),
        ("modes/normal/propose", "categories", ["E-noise"],
         "normal mode: proposals to a supervisor, categories changed from E-litter and E to E-noise."),
        ("planning", "mode", "bicycle", "Day plans, mode of travel changed from on foot to by bicycle."),
        ("modes/normal/offer_minutes/2", "amount", 9,
         "normal mode: offer minutes, priority 2, amount changed from 5 to 9."),
    ],
)  # fmt: skip
def test_difference_is_told_by_the_titles_of_the_schema(
    section: str, member: str, value: object, english: str
) -> None:
    old = full_profile()
    new = copy.deepcopy(old)
    place: Document = new
    for step in section.split("/"):
        place = place[step]
    place[member] = value
    (difference,) = differences(old, new)
    assert difference.sentence["en"] == english


def test_differences_between_generated_profiles_have_sentences() -> None:
    random, full, seen = Random(SEED), full_profile(), 0
    for _ in range(examples(200, 4000)):
        document = changed_profile(full, random)
        if not faults_of(document):
            for difference in (*differences(full, document), *differences(document, full)):
                assert difference.sentence["en"].endswith(".")
                assert difference.sentence["zh"].endswith("。")
                seen += 1
    assert seen > 30


def test_schema_command_prints_the_json_schema() -> None:
    result = CliRunner().invoke(main, ["profile", "schema"])
    assert result.exit_code == 0
    printed = orjson.loads(result.output)
    assert printed == orjson.loads(orjson.dumps(json_schema()))
    assert printed["$schema"] == DIALECT
