"""Figures of a city's month: rates of the whole and of the subgroups that the whole would hide."""

from urllib.parse import urlsplit

from tests.answers import all_items

DECEMBER = "from=2016-12-01&to=2016-12-31"


def read_figures(person, query):
    answer = person.get(f"/figures?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def list_members(person, figure, limit=200):
    """Return the members of a figure, read page by page."""
    parts = urlsplit(figure["members"])
    assert parts.path == "/api/v1/figures/members"
    cases = all_items(person, f"/figures/members?{parts.query}&limit={limit}")
    assert len(cases) == len({case["id"] for case in cases})
    return cases


def figures_in(value, path=""):
    """Yield every `{count, members}` of an answer with its path."""
    if isinstance(value, dict) and {"count", "members"} <= set(value):
        yield path, {key: value[key] for key in ("count", "members")}
        for period in ("previous", "year_before"):
            yield from figures_in(value.get(period), f"{path}.{period}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from figures_in(part, f"{path}.{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from figures_in(part, f"{path}[{number}]")


def counts(answer):
    return {name: figure["count"] for name, figure in answer["measures"].items()}


def test_figures_reproduce_published_rates_of_tianmen(tianmen):
    answer = read_figures(tianmen.supervisor("d"), DECEMBER)
    counted = counts(answer)
    assert (counted["accepted"], counted["filed"], counted["not_filed"]) == (1054, 996, 58)
    assert (counted["due"] - counted["deferred"], counted["closed"], counted["closed_on_time"]) == (
        972,
        911,
        737,
    )
    rates = {name: rate["value"] for name, rate in answer["rates"].items()}
    assert round(100 * rates["closure_rate"], 2) == 93.72
    assert round(100 * rates["on_time_rate"], 2) == 75.82
    assert round(100 * rates["filing_rate"], 2) == 94.5
    # `worst` has the components, although no grouping was requested.
    worst = next(part for part in answer["worst"]["closure_rate"] if part["by"] == "class")["groups"]
    assert [(group["group"]["value"], round(100 * group["value"], 2)) for group in worst] == [
        ("component", 56.25)
    ]
    assert (worst[0]["numerator"]["count"], worst[0]["denominator"]["count"]) == (9, 16)


def test_figures_group_events_and_components(tianmen):
    supervisor = tianmen.supervisor("d")
    answer = read_figures(supervisor, f"{DECEMBER}&group_by=class")
    by = {group["group"]["value"]: group for group in answer["groups"]}
    event, component = by["event"], by["component"]
    assert (event["rates"]["closure_rate"]["denominator"]["count"], counts(event)["closed"]) == (956, 902)
    assert (counts(component)["due"], counts(component)["closed"]) == (16, 9)
    assert round(100 * event["rates"]["closure_rate"]["value"], 2) == 94.35
    cases = list_members(supervisor, component["rates"]["closure_rate"]["denominator"])
    assert len(cases) == 16
    assert {case["class"] for case in cases} == {"component"}
    assert [case["status"] for case in answer["tail"]] == ["handling"] * 5
    grids = next(
        part
        for part in read_figures(supervisor, f"{DECEMBER}&area_id={tianmen.areas['c1']}")["worst"][
            "closure_rate"
        ]
    )
    assert (grids["by"], grids["groups"][0]["group"]["name"]["en"]) == ("area:grid", "Area g2")
    assert len(list_members(supervisor, grids["groups"][0]["denominator"])) == 54
