"""Requests for incidents, their reporters, notes, duplicates and merges."""

from app.core.ids import uuid7
from tests.endpoints.world import ENDPOINTS, OWN_REQUEST, REASON, Request, endpoint


@endpoint("GET /incidents")
def list_incidents(world, role, city, inside):
    # By number: other tests fill the first page.
    case = world.case(city)
    return Request(f"/incidents?case_no={case['case_no']}", target=case["id"])


@endpoint("POST /incidents")
def report_incident(world, role, city, inside):
    body = {"id": str(uuid7()), **city.in_grid("g3"), "category": "E0102", "description": "路灯不亮"}
    return Request("/incidents", body)


@endpoint("GET /incidents/<uuid:incident_id>")
def read_incident(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}")


@endpoint("PATCH /incidents/<uuid:incident_id>")
def correct_incident(world, role, city, inside):
    path = f"/incidents/{world.case(city)['id']}"
    return Request(path, {"category": "E0103", "note": "nearer"}, headers={"If-Match": "*"})


@endpoint("POST /incidents/<uuid:incident_id>/transitions")
def transition_incident(world, role, city, inside):
    path = f"/incidents/{world.case(city)['id']}/transitions"
    return Request(path, {"action": "note", "note": "seen"})


@endpoint("GET /incidents/<uuid:incident_id>/events")
def list_incident_events(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/events")


@endpoint("GET /incidents/<uuid:incident_id>/durations")
def read_durations(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/durations")


@endpoint("POST /incidents/<uuid:incident_id>/reporter")
def reveal_reporter(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/reporter", REASON)


def incident_of_resident(world, city):
    """Report a case as the supervisor on behalf of a resident; return its id."""
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "0101", "description": "井盖松动"}
    body |= {"reporter": {"name": "钱先生", "phone": "0571-88880000"}}
    answer = world.person("supervisor", city).post("/incidents", body)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


@endpoint("POST /incidents/<uuid:incident_id>/reporter/export")
def export_reporter(world, role, city, inside):
    return Request(f"/incidents/{incident_of_resident(world, city)}/reporter/export", OWN_REQUEST)


@endpoint("POST /incidents/<uuid:incident_id>/reporter/erase")
def erase_reporter(world, role, city, inside):
    case = incident_of_resident(world, city)
    return Request(f"/incidents/{case}/reporter/erase", {"reason": "本人书面要求"})


@endpoint("GET /incidents/<uuid:incident_id>/notes")
def list_incident_notes(world, role, city, inside):
    case = world.case(city)["id"]
    answer = world.person("supervisor", city).post(f"/incidents/{case}/notes", {"words": "钥匙在门卫处"})
    assert answer.status_code == 201, answer.json
    return Request(f"/incidents/{case}/notes")


@endpoint("POST /incidents/<uuid:incident_id>/notes")
def create_incident_note(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/notes", {"words": "from the north side"})


@endpoint("GET /incidents/<uuid:incident_id>/replies")
def list_incident_replies(world, role, city, inside):
    case = world.case(city)["id"]
    answer = world.person("supervisor", city).post(f"/incidents/{case}/replies", {"words": "周五前修好"})
    assert answer.status_code == 201, answer.json
    return Request(f"/incidents/{case}/replies")


@endpoint("POST /incidents/<uuid:incident_id>/replies")
def reply_to_incident(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/replies", {"words": "周五前修好"})


@endpoint("POST /incidents/<uuid:incident_id>/merge")
def merge_incidents(world, role, city, inside):
    body = {"into_id": world.case(city)["id"], "reason": "the same cover"}
    return Request(f"/incidents/{world.case(city)['id']}/merge", body)


@endpoint("POST /incidents/<uuid:incident_id>/unmerge")
def unmerge_incidents(world, role, city, inside):
    merge = ENDPOINTS["POST /incidents/<uuid:incident_id>/merge"](world, role, city, inside)
    answer = world.person("supervisor", city).post(merge.path, merge.json)
    assert answer.status_code == 200, answer.json
    return Request(merge.path.replace("/merge", "/unmerge"), {"reason": "another one"})


@endpoint("POST /incidents/duplicates")
def find_duplicates(world, role, city, inside):
    world.case(city)
    return Request("/incidents/duplicates", {**city.in_grid("g1"), "category": "E0102"})


@endpoint("GET /incidents/<uuid:incident_id>/duplicates")
def list_incident_duplicates(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/duplicates")


@endpoint("POST /incidents/<uuid:incident_id>/reports")
def add_report(world, role, city, inside):
    body = {**city.in_grid("g1"), "description": "it is still there"}
    return Request(f"/incidents/{world.case(city)['id']}/reports", body)


@endpoint("POST /incidents/<uuid:incident_id>/link")
def link_incidents(world, role, city, inside):
    body = {"to_id": world.case(city)["id"], "reason": "the same cover"}
    return Request(f"/incidents/{world.case(city)['id']}/link", body)


@endpoint("POST /incidents/<uuid:incident_id>/unlink")
def unlink_incidents(world, role, city, inside):
    link = ENDPOINTS["POST /incidents/<uuid:incident_id>/link"](world, role, city, inside)
    answer = world.person("supervisor", city).post(link.path, link.json)
    assert answer.status_code == 200, answer.json
    return Request(link.path.replace("/link", "/unlink"), link.json | {"reason": "another one"})


@endpoint("GET /incidents/<uuid:incident_id>/print")
def print_incident(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/print")


@endpoint("GET /incidents/print")
def print_task_sheet(world, role, city, inside):
    case = world.case(city)
    return Request(f"/incidents/print?ids={case['id']}", target=case["case_no"])


@endpoint("POST /incidents/bulk")
def transition_incidents_in_bulk(world, role, city, inside):
    ids = [world.case(city)["id"] for _ in range(2)]
    return Request("/incidents/bulk", {"action": "urge", "ids": ids, "body": {"note": "before the rain"}})
