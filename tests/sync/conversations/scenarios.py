"""The conversations: each sets its scene, talks, and asserts what the page claims."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.changes import rotate_epoch
from tests.endpoints import flat
from tests.factories import City
from tests.sync.conversations.recorder import Recorder, new_id
from tests.sync.scenes import take


def lost_answer(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.pull_quietly()
    patch = {"household_id": str(home["household"]), "outcome": "done", "note": "一切正常"}
    visit = device.op("visit", "create", new_id(), patch=patch)
    device.say("The device sends a visit. The server stores it, and the connection breaks before the answer.")
    device.push(visit, is_lost=True)
    device.say("The device sends the same operation again, unchanged: same `op_id`, same `device_seq`.")
    (result,) = device.push(visit)["results"]
    assert (result["status"], result["flags"]) == ("duplicate", ["replay"])
    device.say(
        "`duplicate` means that it had taken effect before. The device keeps it in the overlay until a checkpoint has "
        "`applied_device_seq` of at least 1. The next pull brings it."
    )
    page = device.pull()
    assert page["applied_device_seq"] == 1 and {"visit"} <= {row["entity"] for row in page["rows"]}
    return device


def merge(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.pull_quietly()
    device.say(
        "The device holds the household at version 1. Meanwhile a colleague has changed its `label` from empty to `东间`. "
        "The worker changes `label` and `kind` offline."
    )
    household(city, home, label="东间")
    (result,) = device.push(
        device.op(
            "household",
            "patch",
            home["household"],
            base_version=1,
            patch={"label": "西间", "kind": "collective"},
            base={"label": "", "kind": "family"},
        )
    )["results"]
    assert result["status"] == "merged" and result["fields"].keys() == {"label"}
    device.say(
        "`kind` was changed by nobody else and is simply stored. `label` is a field in which the last one to arrive wins: "
        "it is stored, and `fields` names what it replaced. Nothing has to be done; the app may tell the worker."
    )
    return device


def conflict(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.pull_quietly()
    device.say(
        "The worker corrects a telephone number and the mark that the resident lives here. Meanwhile a colleague has "
        "changed the number too."
    )
    boss = city.supervisor()
    answer = boss.patch(f"/residents/{home['resident']}", {"phone": "13700001111"}, 1)
    assert answer.status_code == 200, answer.json
    (result,) = device.push(
        device.op(
            "resident",
            "patch",
            home["resident"],
            base_version=1,
            patch={"phone": "13900002222", "lives_here": False},
            base={"phone": "138****5678", "lives_here": True},
        )
    )["results"]
    assert (result["status"], result["code"]) == ("conflict", "field_conflict")
    device.say(
        "`phone` is a sensitive field: it is left as it is, both values are stored, and a person decides. `lives_here` took "
        "effect. The device takes `phone` from the overlay and shows the dead letter, which the next pull brings as a row."
    )
    letters = [row for row in device.pull()["rows"] if row["entity"] == "dead_letter"]
    assert [letter["data"]["code"] for letter in letters] == ["field_conflict"]
    device.say("The worker decides, with a network: their own number is right.")
    resolved = device.post(f"/sync/dead-letters/{result['dead_letter']}/resolve", {"action": "apply_mine"})
    assert resolved["resolution"] == "apply_mine"
    return device


def group(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.pull_quietly()
    household_id = new_id()
    device.say(
        "The worker adds a household with a resident. Both operations have the same `group` and come in one push. The "
        "resident has a mistake: an impossible year of birth."
    )
    results = device.push(
        device.op(
            "household",
            "create",
            household_id,
            patch={"premises_id": str(home["premises"]), "label": "东间"},
            group="new household",
        ),
        device.op(
            "resident",
            "create",
            new_id(),
            patch={"household_id": household_id, "name": "赵六", "birth_year": 2990},
            group="new household",
        ),
    )["results"]
    assert [result["code"] for result in results] == ["group_failed", "validation_failed"]
    device.say(
        "Nothing of the group took effect. The operation at fault has its own code, the other one `group_failed`. Both are "
        "final, and each has a dead letter. The worker corrects the entry, and the app sends a new group with new ids."
    )
    return device


def late_grid(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.pull_quietly()
    earlier = (clock.now() - timedelta(minutes=20)).isoformat()
    visit = device.op(
        "visit",
        "create",
        new_id(),
        patch={"household_id": str(home["household"]), "outcome": "done"},
        client_at=earlier,
    )
    device.say(
        "The worker visits a household offline. Then a supervisor gives the grid to somebody else. Only then does the device "
        "find a network."
    )
    responsible_since(device, clock.now() - timedelta(days=30))
    take(city, device.person, "g1")
    (result,) = device.push(visit)["results"]
    assert (result["status"], result["flags"]) == ("applied", ["late_after_reassign"])
    device.say(
        "The visit was made while the grid was the worker's, and it arrived within 72 hours of the change: it took effect, a "
        "supervisor is told, and `dead_letter` names what they read. The next pull drops the grid."
    )
    page = device.pull()
    assert f"grid:{city.areas['g1']}" not in page["buckets"]
    later = device.op(
        "household",
        "patch",
        home["household"],
        base_version=1,
        patch={"label": "西间"},
        base={"label": ""},
    )
    device.say("What the worker does in the grid after the change is refused and stored for the supervisor.")
    (result,) = device.push(later)["results"]
    assert (result["status"], result["code"]) == ("rejected", "out_of_scope")
    return device


def resync(city: City) -> Recorder:
    flat(city)
    device = Recorder(city, city.worker("g1"))
    device.pull_quietly()
    with db.transaction(SYSTEM) as session:
        rotate_epoch(session)
    device.say("The database was restored from a backup. The device pulls with the token that it has.")
    refused = device.pull()
    assert refused["reason"] == "epoch"
    device.say(
        "The device deletes all rows and the token. **It keeps the queue.** It begins without a token; the first page of "
        "many follows, here with `limit=1`."
    )
    device.token = None
    page = device.pull(limit=1)
    assert page["complete"] is False
    return device


def wipe(city: City) -> Recorder:
    home, device = flat(city), Recorder(city, city.worker("g1"))
    device.person.token = None
    tokens = device.person.sign_in()
    device.person.token = tokens["access_token"]
    device.pull_quietly()
    answer = city.supervisor().post(f"/accounts/{device.person.id}/disable")
    assert answer.status_code in (200, 204), answer.text
    device.say("A manager disables the account. The device has one operation in its queue.")
    patch = {"household_id": str(home["household"]), "outcome": "nobody_home"}
    device.push(device.op("visit", "create", new_id(), patch=patch))
    device.say("401: the device refreshes once.")
    body = {"refresh_token": tokens["refresh_token"]}
    device.readable.named[tokens["refresh_token"]] = "R1"
    refused = device.post("/auth/refresh", body, is_signed_in=False)
    assert refused["code"] == "session_revoked"
    device.say(
        "401 again: the session is over. The device deletes rows, buckets, token and session at once. The operation stays, "
        "encrypted, and is sent when the same account signs in on this device again."
    )
    return device


def household(city: City, home: dict[str, Any], **changes: Any) -> None:
    """Change the household as a supervisor."""
    answer = city.supervisor().patch(f"/households/{home['household']}", changes, 1)
    assert answer.status_code == 200, answer.json


def responsible_since(device: Recorder, since: Any) -> None:
    """Let the responsibility of the device's worker begin earlier than now."""
    with db.transaction(SYSTEM) as session:
        sql = "update responsibility set valid = tstzrange(:since, upper(valid)) where worker_id = :id"
        session.execute(text(sql), {"since": since, "id": device.person.id})


SCENARIOS: dict[str, tuple[str, Callable[[City], Recorder]]] = {
    "lost_answer": ("The answer to a push is lost", lost_answer),
    "merge": ("Two people change the same row", merge),
    "conflict": ("A sensitive field is in conflict", conflict),
    "group": ("Operations that belong together", group),
    "late_grid": ("Work arrives after the grid was given to somebody else", late_grid),
    "resync": ("410: begin anew", resync),
    "wipe": ("The session is over: wipe", wipe),
}
