"""Edits of a record while its photo is uploaded: neither changes the other."""

import hashlib

from app.core.ids import uuid7
from tests.media.sending import begin, finish, offset_of, patch, photo


def test_upload_case_28_survives_edit_of_its_case(city, report, step):
    worker, boss = city.worker("g1"), city.supervisor()
    case = report(worker, city.in_grid("g1"))
    content, media_id = photo(), uuid7()
    half = len(content) // 2
    details = {"id": media_id, "kind": "near", "incident": case["id"]}
    details["sha256"] = hashlib.sha256(content).hexdigest()
    assert begin(worker, len(content), **details).status_code == 201
    assert patch(worker, media_id, 0, content[:half]).status_code == 204

    # Meanwhile the worker begins, and the desk corrects the location.
    assert step(worker, case, "start").status_code == 200
    version = boss.get(f"/incidents/{case['id']}").json["version"]
    there = city.in_grid("g2") | {"note": "wrong side"}
    assert boss.patch(f"/incidents/{case['id']}", there, version).status_code == 200

    # The upload cannot become another photo; it continues at its offset.
    assert begin(worker, len(content) + 1, **details).status_code == 409
    assert offset_of(worker, media_id) == half
    assert patch(worker, media_id, half, content[half:]).status_code == 204
    assert finish(city, str(media_id)) == "ready"
    shown = boss.get(f"/incidents/{case['id']}/media").json["items"]
    assert [(m["id"], m["state"]) for m in shown] == [(str(media_id), "ready")]
