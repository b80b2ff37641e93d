"""The owner of a case set by a director, with a reason."""


def test_owner_change_requires_reason_and_moves_case_to_unit_queue(city, report, boss):
    case = report(boss, city.in_grid("g1"), category="0101")
    assert case["assignment"]["unit"]["id"] == str(city.units["roads"])
    path, cleaning = f"/incidents/{case['id']}", str(city.units["cleaning"])
    silent = boss.patch(path, {"owner_unit_id": cleaning}, case["version"])
    assert (silent.status_code, silent.json["errors"][0]["field"]) == (422, "note")
    answer = boss.patch(path, {"owner_unit_id": cleaning, "note": "their cover"}, case["version"])
    assert answer.status_code == 200, answer.json
    changed = answer.json
    assert changed["owner_unit"]["id"] == changed["assignment"]["unit"]["id"] == cleaning
    assert changed["owner_basis"] == "hand"
    event = next(e for e in boss.get(f"{path}/events").json["items"] if e["action"] == "change_owner")
    assert (event["note"], event["actor"]["id"]) == ("their cover", str(boss.id))
    assert (event["detail"]["from"], event["detail"]["to"]) == (str(city.units["roads"]), cleaning)


def test_owner_set_by_hand_is_replaced_by_next_correction(city, report, boss):
    case = report(boss, city.in_grid("g1"), category="0101")
    body = {"owner_unit_id": str(city.units["cleaning"]), "note": "theirs"}
    changed = boss.patch(f"/incidents/{case['id']}", body, case["version"]).json
    again = boss.patch(
        f"/incidents/{case['id']}", {"category": "0201", "note": "看错了"}, changed["version"]
    ).json
    assert (again["owner_unit"]["id"], again["owner_basis"]) == (str(city.units["roads"]), None)


def test_owner_change_keeps_offer_of_worker(city, report, boss):
    city.worker("g1")
    case = report(boss, city.in_grid("g1"))
    assert case["assignment"]["worker"]
    body = {"owner_unit_id": str(city.units["roads"]), "note": "theirs"}
    changed = boss.patch(f"/incidents/{case['id']}", body, case["version"]).json
    assert changed["assignment"]["id"] == case["assignment"]["id"]


def test_owner_change_is_refused_for_unknown_unit_and_subject(city, report, boss):
    case = report(boss, city.in_grid("g1"), category="0101")
    body = {"owner_unit_id": str(city.areas["s"]), "note": "x"}
    unknown = boss.patch(f"/incidents/{case['id']}", body, case["version"])
    assert (unknown.status_code, unknown.json["errors"][0]["field"]) == (422, "owner_unit_id")
    top = city.supervisor("d")
    about = {"kind": "unit", "id": str(city.units["roads"])}
    conduct = report(boss, city.in_grid("g1"), category="E0690", about=about)
    body = {"owner_unit_id": str(city.units["roads"]), "note": "x"}
    refused = top.patch(f"/incidents/{conduct['id']}", body, conduct["version"])
    assert (refused.status_code, refused.json["code"]) == (409, "worker_not_eligible")
