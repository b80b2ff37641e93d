"""Pure functions of the field app, run by Node without a browser."""

import json
import subprocess
from functools import partial
from typing import Any

import pytest

from app.dispatch.rules import states
from tests.web.conftest import ROOT

SOURCES = ROOT / "web" / "field" / "src"
NOW = "2026-11-27T04:00:00Z"
ME = "me"
# Something that is heard of `times` times, `apart` milliseconds from each other, and then ends or is silent.
TALKING = """
  import {{ withProgressTimeout }} from {};
  export const talking = (limit, times, apart, ends) => withProgressTimeout(limit, (heard) => new Promise((resolve) => {{
    for (let n = 1; n <= times; n++) setTimeout(heard, n * apart);
    if (ends) setTimeout(() => resolve("ended"), (times + 1) * apart);
    else setTimeout(() => resolve("never"), 60_000).unref();
  }}), () => new Error("silent")).catch((error) => error.message);
"""


@pytest.fixture(scope="module")
def run(dist, tmp_path_factory):
    """`run("name", *arguments)`: what the function answers, as JSON."""
    folder = tmp_path_factory.mktemp("rules")
    entry = folder / "entry.ts"
    modules = (
        "worker-state",
        "feedback-photos",
        "presence",
        "words/index",
        "words/withdrawal-reasons",
        "../../src/i18n",
    )
    sources = [f"export * from {json.dumps(str(SOURCES / name))};\n" for name in modules]
    entry.write_text("".join(sources) + TALKING.format(json.dumps(str(SOURCES / "heartbeat"))))
    bundler = ROOT / "web" / "node_modules" / ".bin" / "rolldown"
    made = folder / "rules.mjs"
    command = [bundler, entry, "--format", "esm", "--file", made]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "web")
    assert done.returncode == 0, done.stderr

    def call(name: str, *arguments: Any) -> Any:
        script = f"""import * as rules from {json.dumps(made.as_uri())};
            const plain = (_, some) => some instanceof Map ? Object.fromEntries(some) : some;
            console.log(JSON.stringify(await rules[{json.dumps(name)}](...{json.dumps(arguments)}), plain));"""
        process_args = ["node", "--input-type=module", "-e", script]
        answer = subprocess.run(process_args, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return call


def row(entity, id_, **data):
    return {
        "entity": entity,
        "id": id_,
        "version": 1,
        "until": None,
        "data": {"id": id_, **data},
        "buckets": [],
    }


def incident(id_):
    return row("incident", id_, status="dispatched", category="0101")


def assignment(id_, **fields):
    data = {
        "incident_id": "i" + id_[1:],
        "role": "handle",
        "state": "open",
        "worker_id": None,
        "account_id": None,
    }
    return row("assignment", id_, **data | fields)


def offer(id_, of, **fields):
    data = {"assignment_id": of, "incident_id": "i" + of[1:], "round": 1, "state": "offered", "because": None}
    return row("offer", id_, **data | {"expires_at": "2099-01-01T00:00:00Z"} | fields)


@pytest.fixture
def seen(run):
    """Return what the page shows of these rows: open offers, and lost ones by assignment."""

    def see(*rows):
        held = {"rows": rows, "queue": [], "dead": [], "why": [], "photos": [], "sent": [], "pulledAt": None}
        owner = {"username": "u", "account": ME}
        shown = run(
            "workerState", held | {"owner": owner, "skewMs": 0, "withHomes": False}, 1_795_752_000_000
        )
        return [task["id"] for task in shown["offers"]], {
            lost["id"]: lost["because"] for lost in shown["lost"]
        }

    return see


def test_ended_offer_is_not_open_and_has_reason(seen):
    ended = {"state": "withdrawn", "because": "taken_by_other"}
    # Asked with others: the assignment is still open, or it is somebody else's and no longer on this phone.
    assert seen(incident("i1"), assignment("a1"), offer("o1", "a1")) == (["a1"], {})
    assert seen(incident("i1"), assignment("a1"), offer("o1", "a1", **ended)) == (
        [],
        {"a1": "taken_by_other"},
    )
    assert seen(offer("o1", "a1", **ended)) == ([], {"a1": "taken_by_other"})
    # Asked again afterwards.
    again = [offer("o1", "a1", **ended), offer("o2", "a1", round=2)]
    assert seen(incident("i1"), assignment("a1"), *again) == (["a1"], {})
    assert seen(incident("i1"), assignment("a1"), *again[::-1]) == (["a1"], {})
    # Withdrawn by the rules: the assignment has the reason, and its offer does not repeat it.
    moved = assignment("a1", state="withdrawn", worker_id=ME, ended_because="moved_away")
    withdrawn = offer("o1", "a1", state="withdrawn", because="moved_away")
    assert seen(incident("i1"), moved, withdrawn) == ([], {"a1": "moved_away"})


def test_every_server_reason_has_text(run):
    parts = {getattr(states, name) for name in dir(states) if name.startswith("PART_")}
    unknown = run("withdrawalReason", "en", "nonsense")
    for code in {*states.MOVED_BECAUSE, *parts, "taken_by_other"}:
        assert run("withdrawalReason", "en", code) not in (code, unknown), code


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_short_time_after_midnight_starts_with_00(run, language):
    assert run("formatTime", language, "2026-03-01T16:05:00Z", "Asia/Shanghai").endswith("00:05")
    assert run("formatTime", language, "2026-03-01T15:05:00Z", "Asia/Shanghai").endswith("23:05")


def test_photos_to_attach_are_unnamed_ones_of_case_and_kind(run):
    def photo(id_, **fields):
        return {"id": id_, "incident": "i1", "kind": "after", "refused": None} | fields

    waiting = [
        photo("w1"),
        photo("no", refused="too large"),
        photo("no", isNamed=True),
        photo("no", kind="before"),
        photo("no", incident="i2"),
    ]
    sent = [{"id": f"s{n}", "incident": "i1", "kind": "after"} for n in range(25)]
    assert run("unattachedPhotos", waiting, sent[:2], "i1", "after") == ["s0", "s1", "w1"]
    most = run("unattachedPhotos", waiting, sent, "i1", "after")
    assert (len(most), most[0], most[-1]) == (20, "s6", "w1")


def test_place_doubt_depends_on_distance_accuracy_and_age(run):
    doubt = partial(run, "doubtOf", {"radius_m": 100, "fresh_minutes": 10})
    now = 1_795_752_000_000
    there = {"lon": 120.1, "lat": 30.2, "accuracy_m": 8, "at": NOW}
    assert doubt(None, [120.1, 30.2], now) == "no_fix"
    assert doubt(there, [120.1, 30.2 + 107 / 111_195], now) is None
    assert doubt(there, [120.1, 30.2 + 109 / 111_195], now) == "away"
    assert doubt(there | {"accuracy_m": 100_000}, [120.1, 30.21], now) == "away"
    assert doubt(there, [120.1, 30.2], now + 11 * 60_000) == "stale"


def test_silent_event_stream_is_given_up(run):
    assert run("talking", 400, 5, 150, True) == "ended"
    assert run("talking", 400, 5, 150, False) == "silent"
