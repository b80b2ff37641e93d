"""Requests for the release of cases to the public, for ratings, and for rule changes that cite a case."""

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
