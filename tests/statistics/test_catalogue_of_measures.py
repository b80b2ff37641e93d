"""A measure is added in one file: the example of docs/reference/figures.md, tried in a copy of the application."""

import json
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CATALOGUE = Path("app/profiles/rules/measures.py")
EXAMPLE = re.compile(r"## How to add a measure\n.*?```python\n(.*?)```", re.DOTALL)
# The application of the working directory answers the question on standard input.
CHILD = """
import json, pickle, sys
from app.factory import create_app
from app.profiles.rules.evaluation import EvaluationSchema
from app.profiles.rules.schema_sections import structure_faults

question = json.load(sys.stdin)
client = create_app(pickle.loads(bytes.fromhex(question["settings"]))).test_client(use_cookies=False)
answers = [client.get(path, headers=question["headers"]).json for path in question["paths"]]
members = answers[0].get("measures", {}).get("closed_late", {}).get("members")
faults = [str(fault) for fault in structure_faults(EvaluationSchema(), question["section"], "figures")]
document = client.get("/api/v1/openapi.json").json["components"]["schemas"]
json.dump({
    "answers": answers, "faults": faults, "names": document["MeasureName"]["enum"], "rates": document["RateName"]["enum"],
    "members": members and client.get(members + "&limit=500", headers=question["headers"]).json,
}, sys.stdout)
"""


def copy_with_example(folder):
    """Copy the application and add the entries of the example to the catalogue, and nothing else."""
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "migrations").symlink_to(ROOT / "migrations")
    (example,) = EXAMPLE.findall((ROOT / "docs/reference/figures.md").read_text())
    source = (folder / CATALOGUE).read_text()
    for name, entries in re.findall(r"# in (\w+)\n(.*?)(?=# in |\Z)", example, re.DOTALL):
        (head,) = re.findall(rf"^{name} = {{\n.*\n    for \w+ in \(\n", source, re.MULTILINE)
        source = source.replace(head, head + entries)
    (folder / CATALOGUE).write_text(source)


def test_measure_of_catalogue_is_counted_listed_and_documented(tianmen, settings, tmp_path):
    copy_with_example(tmp_path)
    period = "from=2016-12-01&to=2016-12-31"
    question = {
        "settings": pickle.dumps(settings).hex(),
        "headers": tianmen.supervisor("d").bearer(),
        "paths": [f"/api/v1/figures?{period}&group_by=class"],
        "section": {
            "denominators": {"late_closure_rate": {"of": "due", "less": ["closed_late"]}},
            "weights": {"late_closure_rate": 1},
        },
    }
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        input=json.dumps(question),
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    answer = json.loads(child.stdout)
    (figures,) = answer["answers"]
    assert figures["measures"]["closed_late"]["count"] == 174
    by_class = {group["group"]["value"]: group["measures"]["closed_late"] for group in figures["groups"]}
    assert {value: figure["count"] for value, figure in by_class.items()} == {"event": 171, "component": 3}
    rate = figures["rates"]["late_closure_rate"]
    assert (rate["numerator"]["count"], rate["denominator"]["count"]) == (174, 911)
    worst = {part["by"]: part["groups"] for part in figures["worst"]["late_closure_rate"]}
    assert [group["group"]["value"] for group in worst["unit"]] == [str(tianmen.units["roads"])]
    assert "closed_late" in {definition["name"] for definition in figures["definitions"]["measures"]}
    assert len(answer["members"]["items"]) == 174
    assert {case["status"] for case in answer["members"]["items"]} == {"closed"}
    assert answer["faults"] == []
    assert "closed_late" in answer["names"] and "late_closure_rate" in answer["rates"]
