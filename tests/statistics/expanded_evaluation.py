"""An evaluation with a link in each count, made from its JSON answer as a client does."""

import re
from typing import Any
from urllib.parse import urlencode


def expand(template: str, variables: dict[str, str]) -> str:
    """Expand a template of RFC 6570 with one form-style query continuation (3.2.9)."""
    expression = re.fullmatch(r"([^{]*)\{&([a-z_,]+)\}", template)
    assert expression, template
    names = expression[2].split(",")
    assert set(variables) <= set(names), variables
    query = urlencode({name: variables[name] for name in names if name in variables})
    return f"{expression[1]}&{query}"


def expanded(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer in the form of `GET /figures`: each count is `{count, members, previous, year_before}`."""
    periods, whole = answer["periods"], answer["members"]

    def count(values, own, measure, less=()):
        def of_period(period, value):
            if value is None:
                return None
            variables = {**whole.get(period, {}), **own.get(period, {}), "measure": measure}
            variables |= {"less": ",".join(less)} if less else {}
            return {"count": value, "members": expand(answer["members_template"], variables)}

        figures = {period: of_period(period, value) for period, value in zip(periods, values, strict=True)}
        return figures.pop("now") | figures

    def rate(values, numerator, denominator):
        named = dict(zip(("value", *periods[1:]), values, strict=True))
        return named | {"numerator": numerator, "denominator": denominator}

    def numbers(part):
        own = part["members"]
        measures = {name: count(values, own, name) for name, values in part["measures"].items()}
        rates = {}
        for definition in answer["definitions"]["rates"]:
            base, less = definition["denominator"], definition["less"]
            denominator = measures[base]
            if less:
                denominator = count(part["denominators"][f"{base} less {','.join(less)}"], own, base, less)
            values = part["rates"][definition["name"]]
            rates[definition["name"]] = rate(values, measures[definition["numerator"]], denominator)
        averages = {
            definition["name"]: dict(
                zip(("value", *periods[1:]), part["averages"][definition["name"]], strict=True)
            )
            | {"of": measures[definition["of"]]}
            for definition in answer["definitions"]["averages"]
        }
        return part | {"measures": measures, "rates": rates, "averages": averages}

    definitions = {definition["name"]: definition for definition in answer["definitions"]["rates"]}

    def outlier(part):
        own, rates = part["members"], []
        for item in part["rates"]:
            definition = definitions[item["rate"]]
            numerator = count(item["numerator"], own, definition["numerator"])
            denominator = count(item["denominator"], own, definition["denominator"], definition["less"])
            rates.append(item | rate(item["values"], numerator, denominator))
        return part | {"rates": rates}

    def chapter_of(part):
        return part | {"groups": [numbers(group) for group in part["groups"]]}

    return numbers(answer) | {
        "stands_out": [outlier(part) for part in answer["stands_out"]],
        "chapters": [chapter_of(chapter) for chapter in answer["chapters"]],
        "months": chapter_of(answer["months"]),
    }
