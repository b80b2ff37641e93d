"""The examples that the standard brings: read, the same as text and as JSON, and worked out in SQL as in Python."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.ogc.rules.cql2 import Fault, parse_json, parse_text
from tests.ogc.filters import meaning
from tests.ogc.sample import ROWS, matching

EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "standard/cql2_examples.json").read_text())
WITH_JSON = [name for name, example in EXAMPLES.items() if "json" in example]
# What is refused when it is worked out, and with which code: classes that are not claimed, and what cannot be.
REFUSED = {
    # functions of the server's own
    **dict.fromkeys(("clause6_01", "clause6_02b", "clause7_18", "example68", "example69"), "filter_function"),
    # arrays: no property is one
    **dict.fromkeys(("clause7_15", "example79", "example80", "example81", "example82"), "filter_function"),
    # surfaces that cross themselves or have holes outside, which simple features do not allow
    **dict.fromkeys(("example46", "example46-alt01", "example49", "example49-alt01"), "filter_geometry"),
    # a day and an instant as the ends of one interval
    **dict.fromkeys(("example60", "example63"), "filter_interval"),
}


def test_example_file_is_complete():
    assert (len(EXAMPLES), len(WITH_JSON)) == (120, 109)
    assert REFUSED.keys() <= EXAMPLES.keys()


def without_empty_fractions(tree: Any) -> Any:
    """The JSON says `Z` where the text says `.000000Z`: the same instant."""
    if isinstance(tree, dict):
        return {key: without_empty_fractions(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [without_empty_fractions(value) for value in tree]
    return tree.replace(".000000Z", "Z") if isinstance(tree, str) else tree


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_text_parses_to_its_json(name):
    example = EXAMPLES[name]
    tree = parse_text(example["text"])
    assert parse_json(json.dumps(tree)) == tree
    # The other ways to write an example are the same tree, mostly.
    whole = example.get("json") or EXAMPLES[name.partition("-alt")[0]]["json"]
    if name not in ("example85-alt01", "example49-alt01"):
        assert without_empty_fractions(tree) == without_empty_fractions(whole)
    if name in WITH_JSON:
        assert parse_json(json.dumps(example["json"])) == example["json"]


# --- put on the made-up table, whose columns have the kinds that the example expects

TEXTS, NUMBERS, MOMENTS = ("t", "s"), ("n", "m"), ("at", "till")


def columns_of(tree: Any, columns: dict[str, str], later: list[Any], wanted: str | None = None) -> None:
    """By the name of each property of the example, a column of its kind, as the operands beside it tell."""
    if isinstance(tree, list):
        for part in tree:
            columns_of(part, columns, later, wanted)
    elif isinstance(tree, dict) and "property" in tree:
        _give(columns, tree["property"], "place" if tree["property"] == "geometry" else wanted or "text")
    elif isinstance(tree, dict) and "op" in tree:
        op = tree["op"]
        kind = wanted
        if op.startswith("s_"):
            kind = "place"
        elif op.startswith("t_"):
            kind = "moment"
        elif op in ("like", "casei", "accenti"):
            kind = "text"
        elif op in ("+", "-", "*", "/", "%", "div", "^"):
            kind = "number"
        elif op in ("=", "<>", "<", ">", "<=", ">=", "between", "in"):
            kind = next((k for k in map(kind_of, _flat(tree["args"])) if k), "number")
        elif op == "isNull":
            # Last: beside something else it has its kind from there.
            later.append(tree["args"])
            return
        columns_of(tree["args"], columns, later, kind)
    elif isinstance(tree, dict):
        for part in tree.values():
            columns_of(part, columns, later, "moment" if "interval" in tree else wanted)


def kind_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dict):
        if "date" in value or "timestamp" in value:
            return "moment"
        if value.get("op") in ("casei", "accenti"):
            return "text"
        if value.get("op") in ("+", "-", "*", "/", "%", "div", "^"):
            return "number"
    return None


def _flat(args: list[Any]) -> list[Any]:
    return [part for argument in args for part in (argument if isinstance(argument, list) else [argument])]


def _give(columns: dict[str, str], name: str, kind: str) -> None:
    if name in columns:
        return
    free = {
        "text": TEXTS,
        "number": NUMBERS,
        "moment": MOMENTS,
        "truth": ("b",),
        "place": ("geometry",),
    }[kind]
    left = [column for column in free if column not in columns.values()]
    columns[name] = (left or list(free))[0]


def renamed(tree: Any, columns: dict[str, str]) -> Any:
    if isinstance(tree, list):
        return [renamed(part, columns) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if "property" in tree:
        return {"property": columns[tree["property"]]}
    return {key: renamed(value, columns) for key, value in tree.items()}


def on_sample_table(name: str) -> Any:
    tree = parse_text(EXAMPLES[name]["text"])
    columns: dict[str, str] = {}
    later: list[Any] = []
    columns_of(tree, columns, later)
    columns_of(later, columns, [])
    return renamed(tree, columns)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in REFUSED])
def test_claimed_example_matches_python_evaluation(session, name):
    tree = on_sample_table(name)
    assert matching(session, tree) == [row["id"] for row in ROWS if meaning(tree, row) is True], tree


@pytest.mark.parametrize("name", REFUSED)
def test_unclaimed_example_is_refused_with_code(session, name):
    with pytest.raises(Fault) as caught:
        matching(session, on_sample_table(name))
    assert caught.value.code == REFUSED[name]
