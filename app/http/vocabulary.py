"""Descriptions of members and parameters that have the same meaning in every schema, by name.

A field whose `metadata` has a description keeps it. A name with two meanings must not be listed here; describe it at each
field.
"""

from typing import Any

from app.http.operations import operations

MEMBERS = {
    "accuracy_m": "Radius in metres within which the place lies, as the device estimates it; null or absent: unknown",
    "area_id": "Id of an area of any level",
    "assignment_id": "Id of the assignment: one person's or unit's share of a case",
    "attributes": "Further facts that the category or the city defines, by name",
    "birth_year": "Year of birth, four digits; null: unknown",
    "bucket": "Name of the bucket: the part of the data that a device holds or drops as a whole",
    "capacity": "How many open cases the worker may hold at once",
    "case_no": "Number of the case that people use: day, counter, check digit",
    "category": "Code of the category in the profile of the jurisdiction",
    "closed_at": "When the case ended (RFC 3339); null: it is open",
    "community": "Community (社区) as the address names it",
    "coord_sys": "Coordinate system of `lon` and `lat` as sent: wgs84, gcj02 or bd09. Positions are stored in WGS 84",
    "created_at": "When the row was created (RFC 3339, UTC)",
    "cursor": "Where the page begins: `next` of the page before, unchanged. Absent: the first page",
    "denominator": "What the rate divides by: the number of cases or units of the whole",
    "device_id": "Id that the app chose for this device; it stays the same over sign-ins",
    "distance_m": "Distance in metres on the spheroid",
    "dry_run": "True: everything is checked and counted, nothing is stored",
    "due_at": "By when the case has to be handled (RFC 3339); null: it has no deadline now",
    "en": "English text",
    "expires_at": "From when it is no longer valid (RFC 3339, UTC); null: it does not expire",
    "features": "GeoJSON features, in the order of the list",
    "geometry": "GeoJSON geometry in WGS 84 (CRS84: longitude first); null where the caller may not see the place",
    "grid_id": "Id of the grid: the smallest area",
    "household_id": "Id of the household",
    "id": "Id of the object (UUIDv7)",
    "in_force_from": "From when this version applies (RFC 3339)",
    "incident_id": "Id of the case",
    "is_generated": "True: made for the demo or a test, not by a person",
    "is_overdue": "True: the deadline has passed and the case is not handled",
    "items": "The objects of this page",
    "jurisdiction": "Code of the jurisdiction: the city or district with a profile of its own",
    "jurisdiction_id": "Id of the jurisdiction",
    "lat": "Latitude in degrees, -90 to 90, in `coord_sys` where the request has one, else WGS 84",
    "limit": "The most items that one page may have",
    "location": "GeoJSON point in WGS 84 (CRS84: longitude first)",
    "lon": "Longitude in degrees, -180 to 180, in `coord_sys` where the request has one, else WGS 84",
    "made_at": "When it was made (RFC 3339, UTC)",
    "must_change_password": "True: the password is a one-time password, and nothing else works until it is changed",
    "next": "Cursor of the next page; null: this is the last one",
    "number": "Number of the version of the profile, from 1",
    "numerator": "What the rate counts",
    "occurred_at": "When it happened (RFC 3339)",
    "on_duty": "True: the worker is on duty now",
    "on_duty_since": "Since when the worker is on duty (RFC 3339); null: off duty",
    "open_work": "How many open cases the worker holds",
    "permits": "Permits that the worker holds, with the last day of each",
    "phone": "Telephone number as it was given; masked for those who may not read it",
    "premises_id": "Id of the premises: the place of one or more households",
    "priority": "1 is the most urgent",
    "properties": "Properties of the GeoJSON feature",
    "received_at": "When the server received it (RFC 3339, UTC)",
    "reported_at": "When the case was reported (RFC 3339)",
    "reported_by_me": "True: the caller reported the case",
    "resident_id": "Id of the resident",
    "rework_count": "How often the check failed and the case was handled again",
    "run_id": "Id of the run: one execution of an import, an export or a dispatch decision",
    "skills": "Codes of skills that the profile defines",
    "token_type": "Always Bearer",
    "unit_id": "Id of the unit: an authority or company that handles cases",
    "updated_at": "When the row was last changed (RFC 3339, UTC)",
    "username": "User name of the account",
    "version": "Version of the row, counted from 1; `If-Match` takes it in quotes",
    "worker_id": "Id of the worker",
    "worker_name": "Name of the worker",
    "zh": "Chinese text",
}

PARAMETERS = {
    "account_id": "Id of the account",
    "bbox": "Only what intersects this box: `minlon,minlat,maxlon,maxlat` in degrees, WGS 84",
    "component_id": "Id of the component",
    "consent_id": "Id of the consent",
    "contest_id": "Id of the contested figure",
    "finding_id": "Id of the finding",
    "credential_id": "Id of the credential, not the key or secret itself",
    "grant_id": "Id of the grant: one role of an account",
    "letter_id": "Id of the dead letter",
    "lot_id": "Id of the lot",
    "media_id": "Id of the photo or voice note",
    "offer_id": "Id of the offer",
    "responsibility_id": "Id of the responsibility",
    "session_id": "Id of the sign-in of an account on a device",
    "shift_id": "Id of the planned shift",
    "signal_id": "Id of the signal",
    "sos_id": "Id of the call for help",
    "stop_id": "Id of the stop of a plan",
    "substitution_id": "Id of the substitution",
    "tag_id": "Id of the care tag",
    "token_id": "Id of the token, not the token itself",
    "notice_id": "Id of the notice",
    "webhook_id": "Id of the webhook: one subscription to events",
}


def describe(document: dict[str, Any]) -> None:
    """Add the descriptions of common members and parameters to an OpenAPI document, in place."""
    for schema in document["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            _describe(member, MEMBERS.get(name))
    for _, parameters in operations(document):
        for parameter in parameters:
            name = parameter.get("name", "")
            _describe(parameter, PARAMETERS.get(name) or MEMBERS.get(name))


def _describe(thing: dict[str, Any], text: str | None) -> None:
    if text is not None:
        thing.setdefault("description", text)
