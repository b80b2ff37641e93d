"""Figures, property-based: cases that are read once for both bases are counted as cases that are read by base."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.statistics.queries import figures as queries
from app.statistics.service import counts as counting
from tests.sample_sizes import examples
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_figure_properties import (
    GROUPINGS,
    PERIOD,
    UNIT_OF,
    cases,
    counts,
    expected,
    recurrences,
)
from tests.statistics.test_figure_snapshots import untimed
from tests.statistics.test_figures import figures_in, list_members, read_figures


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(
    st.lists(cases, min_size=4, max_size=12),
    st.sampled_from(GROUPINGS),
    st.sampled_from(["", "&compare=none"]),
    st.sampled_from(["", "&class=event", "&unowned=true", "&lacks_handling_unit=true", "&weekday=3"]),
)
def test_figures_are_equal_when_cases_are_read_once_and_by_base(
    new_city, monkeypatch, made, grouping, compared, narrowed
):
    city = new_city()
    supervisor = city.supervisor("d")
    make_cases(
        [
            case
            | {"many": 1, "area": city.areas[case["place"]]}
            | {name: city.units.get(case[name]) for name in UNIT_OF.values()}
            for case in made
        ]
    )
    query = f"{PERIOD}&group_by={grouping}{compared}{narrowed}"
    answers, forms = {}, {}
    tallied = queries.grouped_counts
    for is_most in (True, False):
        monkeypatch.setattr(counting, "covers_most", lambda *_, is_most=is_most: is_most)
        read_forms = forms.setdefault(is_most, [])
        monkeypatch.setattr(
            queries,
            "grouped_counts",
            lambda *args, is_read_once, read_forms=read_forms: (
                read_forms.append(is_read_once) or tallied(*args, is_read_once=is_read_once)
            ),
        )
        queries._tally.cache_clear()
        answers[is_most] = read_figures(supervisor, query)
    monkeypatch.undo()
    assert forms == {True: ["weekday" not in narrowed], False: [False]}
    assert untimed(answers[True]) == untimed(answers[False])
    if not narrowed:
        assert counts(answers[True]) == expected(recurrences(made))
    figures = [figure for _, figure in figures_in(answers[True]) if figure["count"]]
    for figure in figures[:: max(1, len(figures) // 6)]:
        assert len(list_members(supervisor, figure)) == figure["count"], figure
