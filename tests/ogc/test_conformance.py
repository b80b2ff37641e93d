"""What `/conformance` claims is what is tested, abstract test by abstract test."""

import importlib

import pytest

from tests.nonempty import nonempty
from tests.ogc.abstract_tests import ABSTRACT

ABSTRACT_TESTS = [
    (f"{uri.partition('/spec/')[2]}/{test}", shown)
    for uri, tests in ABSTRACT.items()
    for test, shown in tests.items()
]


def test_claimed_conformance_classes_equal_tested_classes(app):
    claimed = app.test_client().get("/ogc/conformance").json["conformsTo"]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == set(ABSTRACT)


@pytest.mark.parametrize(("test", "shown"), ABSTRACT_TESTS, ids=[test for test, _ in ABSTRACT_TESTS])
def test_abstract_test_names_existing_test_or_reason(test, shown):
    if shown.startswith(("n/a: ", "not so: ")):
        return
    module, _, function = shown.partition(".")
    test_function = getattr(importlib.import_module(f"tests.ogc.{module}"), function)
    assert callable(test_function) and function.startswith("test_")


def test_every_conformance_class_has_executed_test():
    for uri, tests in nonempty(ABSTRACT.items()):
        assert any(not shown.startswith(("n/a: ", "not so: ")) for shown in tests.values()), uri
