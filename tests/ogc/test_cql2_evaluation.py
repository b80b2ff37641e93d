"""Filters mean in PostgreSQL what they mean on paper: thousands made at random, worked out in Python as well."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from app.ogc.rules.cql2 import parse_json, parse_text
from tests.ogc.filters import filters, meaning, text_of
from tests.ogc.sample import ROWS, matching
from tests.sample_sizes import examples

OUTCOMES = {"some": 0, "none": 0, "all": 0}


@pytest.mark.wide
def test_filter_evaluates_equally_in_sql_and_python(session):
    @settings(max_examples=examples(200, 600), deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters())
    def compare(tree: Any) -> None:
        text = text_of(tree)
        assert parse_text(text) == tree == parse_json(json.dumps(tree))
        expected = [row["id"] for row in ROWS if meaning(tree, row) is True]
        assert matching(session, parse_text(text)) == expected, text
        OUTCOMES["none" if not expected else "all" if len(expected) == len(ROWS) else "some"] += 1

    compare()
    # The proof is worth something only if filters tell rows apart.
    print(f"filters that told rows apart: {OUTCOMES['some']} of {sum(OUTCOMES.values())}")
    assert OUTCOMES["some"] >= sum(OUTCOMES.values()) / 3, OUTCOMES
