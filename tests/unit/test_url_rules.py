"""Rules of the application: their functions that build URLs are compiled when a URL is first built."""

import pytest
from werkzeug.routing import BuildError, Map, Rule

from app.http.application import Application

RULES = {
    "plain": "/plain",
    "case": "/cases/<case_id>",
    "page": "/<any(field, console):front_end>/<path:name>",
    "number": "/n/<int:rule>",
}
VALUES = [
    ("plain", {}),
    ("plain", {"q": "中 文", "self": 1}),
    ("case", {"case_id": "a b/c"}),
    ("case", {"case_id": "x", "more": ["1", "2"]}),
    ("page", {"front_end": "field", "name": "a/b.js"}),
    ("number", {"rule": 7, "limit": 2}),
]


def adapter(rule_class: type[Rule]):
    rules = Map([rule_class(rule, endpoint=endpoint) for endpoint, rule in RULES.items()])
    return rules.bind("localhost")


@pytest.fixture
def compiled(monkeypatch) -> list[str]:
    """The rules whose functions werkzeug has compiled since the test began."""
    rules: list[str] = []
    compile_builder = Rule._compile_builder

    def note(self, append_unknown=True):
        rules.append(self.rule)
        return compile_builder(self, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", note)
    return rules


@pytest.mark.parametrize(("endpoint", "values"), VALUES)
def test_built_url_is_that_of_werkzeug_for_each_rule_and_value(endpoint, values):
    built = adapter(Application.url_rule_class).build(endpoint, values)
    assert built == adapter(Rule).build(endpoint, values)


@pytest.mark.parametrize(
    ("endpoint", "values"), [("case", {}), ("page", {"front_end": "other", "name": "x"})]
)
def test_url_is_refused_as_by_werkzeug_when_values_do_not_fit(endpoint, values):
    faults = []
    for rule_class in (Rule, Application.url_rule_class):
        with pytest.raises((BuildError, ValueError)) as refused:
            adapter(rule_class).build(endpoint, values)
        faults.append((refused.type, str(refused.value)))
    assert faults[0] == faults[1]


def test_rule_is_compiled_once_when_its_url_is_first_built(compiled):
    rules = adapter(Application.url_rule_class)
    assert rules.match("/cases/7") == ("case", {"case_id": "7"})
    assert compiled == []
    for _ in range(2):
        assert rules.build("case", {"case_id": "7"}) == "/cases/7"
    assert compiled == [RULES["case"]]


def test_application_adds_rules_without_compiling_them(compiled):
    app = Application("some", static_folder=None)
    app.add_url_rule("/cases/<case_id>", "case", lambda case_id: case_id)
    assert app.test_client().get("/cases/7").data == b"7"
    assert compiled == []
