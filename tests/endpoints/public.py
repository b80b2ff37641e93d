"""Requests for the release of cases to the public, for ratings, and for rule changes that cite a case."""

from tests.endpoints.media import stored_photo
from tests.endpoints.world import Request, endpoint


@endpoint("GET /incidents/<uuid:incident_id>/publication")
def read_publication(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/publication")


@endpoint("PUT /incidents/<uuid:incident_id>/publication")
def publish_case(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/publication", {"words": "井盖松动"})


@endpoint("GET /incidents/<uuid:incident_id>/ratings")
def list_case_ratings(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/ratings")


@endpoint("GET /incidents/<uuid:incident_id>/rule-changes")
def list_rule_changes(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/rule-changes")


@endpoint("GET /incidents/to-release")
def list_cases_to_release(world, role, city, inside):
    case = world.case(city, "E0102")
    return Request("/incidents/to-release?limit=500", target=case["id"])


@endpoint("PUT /incidents/<uuid:incident_id>/publication/photos/<uuid:media_id>")
def redact_photo(world, role, city, inside):
    media_id, case = stored_photo(world, city)
    body = {"boxes": [{"left": 0.25, "top": 0.5, "width": 0.125, "height": 0.25}]}
    return Request(f"/incidents/{case}/publication/photos/{media_id}", body)


@endpoint("GET /incidents/<uuid:incident_id>/publication/photos/<uuid:media_id>")
def read_redacted_photo(world, role, city, inside):
    media_id, case = stored_photo(world, city)
    return Request(f"/incidents/{case}/publication/photos/{media_id}")
