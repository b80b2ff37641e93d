"""Requests for the release of cases to the public."""

from tests.endpoints.world import Request, endpoint


@endpoint("GET /incidents/<uuid:incident_id>/publication")
def read_publication(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/publication")


@endpoint("PUT /incidents/<uuid:incident_id>/publication")
def publish_case(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/publication", {"words": "井盖松动"})
