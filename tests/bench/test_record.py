"""Results of the bench: marks, the table, the comparison with the last kept run, the picture."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import chart, parts, record, run
from bench.marks import BY_KEY, MARKS
from bench.peers import compare
from tests.nonempty import nonempty

BENCH = Path(record.FOLDER)


def a_run(at="2026-11-01T00:00:00+00:00", kind="full-1000000", commit="0123456789", **values):
    machine = {"processor": "a processor", "cores": 2, "memory_gib": 24}
    return {
        "kind": kind,
        "at": at,
        "commit": commit,
        "machine": machine,
        "left_out": ["peers: maps"],
        "values": {key: {"value": value, "load": 0.1} for key, value in values.items()},
    }


def line_of(text, work):
    [row] = [row for row in text.splitlines() if row.startswith(f"| {work} |")]
    return row


@pytest.fixture
def folder(tmp_path):
    def keep(*runs):
        for number, each in enumerate(runs):
            (tmp_path / f"2026-{number}.json").write_text(json.dumps(each))
        return tmp_path

    return keep


def test_values_beyond_ten_percent_are_marked_as_worse():
    before = a_run(case=0.50, board=100, page=0.5)
    worse = record.table(a_run(case=0.44, board=112, page=0.46), before)
    assert "**worse**" in line_of(worse, "one case")
    assert "**worse**" in line_of(worse, "board, everywhere, one connection, p50")
    assert "**worse**" not in line_of(worse, "page of 100 by bbox"), "8 percent"
    better = record.table(a_run(case=0.9, board=10, page=0.5), before)
    assert "**worse**" not in better


def test_table_has_all_marks_and_says_what_was_missed_and_left_out():
    text = record.table(a_run(case=0.5, board=100), None)
    rows = [row for row in text.splitlines() if row.startswith("| ")][1:]
    assert len(rows) == len(MARKS)
    assert "missed" not in line_of(text, "one case")
    assert "100 ms, **missed**" in line_of(text, "board, everywhere, one connection, p50")
    assert "not measured" in line_of(text, "areas at a point")
    assert "Not measured: peers: maps." in text


def test_runs_are_compared_with_the_last_kept_one_of_their_kind(folder):
    results = folder(
        a_run("2026-11-01T00:00:00+00:00", case=0.1, board=70),
        a_run("2026-11-03T00:00:00+00:00", kind="quick-100000", case=0.9),
        a_run("2026-11-02T00:00:00+00:00", case=0.2),
    )
    last = record.last_kept("full-1000000", results)
    assert {key: value["value"] for key, value in last["values"].items()} == {"case": 0.2, "board": 70}
    assert "remark" not in last["values"]["case"]
    assert last["values"]["board"]["remark"].startswith("2026-11-01, ")
    assert record.last_kept("full-100000", results) is None
    assert record.kind_of(1_000_000, is_quick=True) not in (record.kind_of(1_000_000, is_quick=False),)
    assert record.newest(results)["kind"] == "full-1000000", (
        "a quick run is never shown in place of a whole one"
    )


def test_each_mark_is_measured_by_its_part():
    noted = dict.fromkeys(run.MARKED, "endpoints") | dict.fromkeys(compare.MARKED, "peers")
    for mark in nonempty(MARKS):
        if mark.key in noted:
            assert noted[mark.key] == mark.part
            continue
        module = BENCH / f"{parts.PARTS[mark.part].module.replace('.', '/')}.py"
        text = module.read_text()
        literal = re.search(rf'record\.note\(\s*"{mark.key}"', text)
        assert (
            literal
            or mark.key in ("crowd_push", "crowd_pull", "push_reports", "push_transitions")
            or (mark.key in ("import", "dry_run") and f'"{mark.key}"' in text)
        ), mark.key
    with pytest.raises(KeyError):
        record.note("unknown", 1)


def test_must_and_aim_agree_with_the_direction_of_each_mark():
    for mark in nonempty(MARKS):
        assert mark.must is not None
        if mark.aim is not None:
            assert mark.is_met(mark.aim, mark.must), mark.key
            assert mark.change(mark.aim, mark.must) >= 1, mark.key
    assert len(BY_KEY) == len(MARKS)


def test_picture_is_xml_with_a_bar_for_each_value():
    values = {mark.key: {"value": mark.must or 0} for mark in MARKS}
    root = ElementTree.fromstring(chart.picture(values))
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("class") in ("met", "missed")]
    assert [bar.get("class") for bar in bars] == ["met"] * len(MARKS)
    missed = chart.picture({"case": {"value": 0.1}, "board": {"value": 600}})
    assert missed.count('class="missed"') == 2


def test_table_and_picture_of_readme_are_made_from_the_kept_runs():
    result = record.newest()
    assert result is not None
    readme = record.README.read_text()
    assert record.with_table(readme, result) == readme, "python -m bench.record readme"
    assert (record.RESULTS / "marks.svg").read_text() == chart.picture(result["values"])
    for each in nonempty(record.kept_runs()):
        assert each.keys() >= {"kind", "at", "commit", "machine", "values"}
        assert each["values"].keys() <= BY_KEY.keys()


def test_quick_run_names_what_it_leaves_out(monkeypatch):
    of_quick_run = parts.names(is_quick=True, marked_only=True)
    left_out = record.table(a_run() | {"left_out": parts.left_out(of_quick_run)}, None)
    for name, part in nonempty(parts.PARTS.items()):
        is_named = f"Not measured: {name}: " in left_out
        assert is_named == (part.in_whole and not part.in_quick), name
    assert not parts.left_out(parts.names(is_quick=False, marked_only=False))
    quick = {endpoint.name for endpoint in run.chosen("", marked_only=True)}
    assert quick >= {name for name, _ in run.MARKED.values()}
    assert len(quick) < len(run.chosen("", marked_only=False))


def test_run_of_what_is_marked_has_every_part_with_marks():
    marked = parts.names(is_quick=False, marked_only=True)
    assert {mark.part for mark in MARKS} - {"endpoints"} == set(marked)
    assert "codings" not in marked
    few = parts.names(is_quick=False, marked_only=True, wanted={"crowd", "tiles", "codings"})
    assert set(few) == {"crowd", "tiles"}
    with pytest.raises(SystemExit, match="no part surf"):
        parts.names(is_quick=False, marked_only=False, wanted={"surf"})


def test_failing_part_is_named_and_others_are_run(monkeypatch):
    ran = []

    class Module:
        @staticmethod
        def main():
            ran.append(1)
            if len(ran) == 1:
                raise SystemExit("no cluster")

    monkeypatch.setattr(parts.importlib, "import_module", lambda _name: Module)
    assert parts.run(["figures", "signals"]) == ["figures: failed, no cluster"]
    assert len(ran) == 2
