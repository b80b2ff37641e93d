"""Permissions: every operation by every role, on rows of the own city and of another city.

A cell is what happens at home; after a slash, what happens with rows of another city, where that differs.
`ok` is any success. A list answers everybody who may ask: `shown` if the row is in it, `hidden` if not.
A row that is out of scope, and so all of another city, is 404; 403 is for what the role never may, or for acts on places of
one's own city.
"""

import re

import pytest

from app.accounts import service as accounts
from app.core import db
from app.core.actor import AREA_ROLES, ROLE_PERMISSIONS, SYSTEM, Role
from tests.endpoints import ENDPOINTS, ROLES, Request, send
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share

MATRIX = """
                                                   worker        grid_chief    handler       supervisor    admin  gis
POST /auth/token                                   ok            ok            ok            ok            ok     ok
POST /auth/refresh                                 ok            ok            ok            ok            ok     ok
POST /auth/logout                                  ok            ok            ok            ok            ok     ok
POST /auth/browser/token                           ok            ok            ok            ok            ok     ok
POST /auth/browser/refresh                         ok            ok            ok            ok            ok     ok
POST /auth/browser/logout                          ok            ok            ok            ok            ok     ok
GET /me                                            ok            ok            ok            ok            ok     ok
POST /me/password                                  ok            ok            ok            ok            ok     ok
GET /me/sessions                                   ok            ok            ok            ok            ok     ok
DELETE /me/sessions/{session_id}                   ok/404        ok/404        ok/404        ok/404        ok/404 ok/404
GET /me/devices                                    ok            ok            ok            ok            ok     ok
DELETE /me/devices/{device_id}                     ok/404        ok/404        ok/404        ok/404        ok/404 ok/404
POST /me/devices/{device_id}/allow                 ok/404        ok/404        ok/404        ok/404        ok/404 ok/404
GET /tokens                                        ok            ok            ok            ok            ok     ok
POST /tokens                                       ok            ok            ok            ok            ok     ok
DELETE /tokens/{token_id}                          ok/404        ok/404        ok/404        ok/404        ok/404 ok/404
GET /accounts                                      403           403           403           shown/hidden  shown  403
POST /accounts                                     403           403           403           ok/403        ok     403
GET /accounts/{account_id}                         403           403           403           ok/404        ok     403
PATCH /accounts/{account_id}                       403           403           403           ok/404        ok     403
POST /accounts/{account_id}/roles                  403           403           403           ok/404        ok     403
DELETE /accounts/{account_id}/roles/{grant_id}     403           403           403           ok/404        ok     403
POST /accounts/{account_id}/disable                403           403           403           ok/404        ok     403
POST /accounts/{account_id}/enable                 403           403           403           ok/404        ok     403
POST /accounts/{account_id}/one-time-password      403           403           403           ok/404        ok     403
GET /accounts/{account_id}/devices                 403           403           403           ok/404        ok     403
DELETE /accounts/{account_id}/devices/{device_id}  403           403           403           ok/404        ok     403
POST /accounts/{account_id}/devices/{device_id}/allow 403        403           403           ok/404        ok     403
GET /accounts/{account_id}/tokens                  403           403           403           ok/404        ok     403
DELETE /accounts/{account_id}/tokens/{token_id}    403           403           403           ok/404        ok     403
GET /service-accounts                              403           403           403           403           shown  403
POST /service-accounts                             403           403           403           403           ok     403
GET /service-accounts/{account_id}                 403           403           403           403           ok     403
PATCH /service-accounts/{account_id}               403           403           403           403           ok     403
POST /service-accounts/{account_id}/disable        403           403           403           403           ok     403
POST /service-accounts/{account_id}/enable         403           403           403           403           ok     403
GET /service-accounts/{account_id}/credentials     403           403           403           403           shown/ok 403
POST /service-accounts/{account_id}/credentials    403           403           403           403           ok     403
POST /service-accounts/{account_id}/credentials/{credential_id}/rotate 403 403 403          403           ok     403
DELETE /service-accounts/{account_id}/credentials/{credential_id} 403     403 403           403           ok     403
POST /oauth/token                                  ok            ok            ok            ok            ok     ok
POST /audit/export                                 403           403           403           shown/hidden  shown  403
GET /me/audit                                      ok            ok            ok            ok            ok     ok
GET /me/figures                                    ok            ok            404           404           404    404
GET /me/figures/{figure}/members                   ok            ok            404           404           404    404
POST /me/figures/{figure}/contest                  ok            ok            404           404           404    404
GET /events                                        ok            ok            ok            ok            ok     ok
POST /events/ticket                                ok            ok            ok            ok            ok     ok
POST /audit/search                                 403           403           403           shown/hidden  shown  403
GET /workers                                       403           shown/hidden  403           shown/hidden  shown  403
POST /workers                                      403           403           403           ok/404        ok     403
GET /workers/on-duty                               403           shown/hidden  403           shown/hidden  shown  403
GET /workers/{worker_id}                           ok/404        ok/404        404           ok/404        ok     404
PATCH /workers/{worker_id}                         403           403           403           ok/404        ok     403
GET /workers/{worker_id}/duty                      ok/404        ok/404        404           ok/404        ok     404
POST /workers/{worker_id}/duty                     ok/404        403/404       404           ok/404        ok     404
GET /me/push-subscriptions                         ok            ok            ok            ok            ok     ok
POST /me/push-subscriptions                        ok            ok            ok            ok            ok     ok
DELETE /me/push-subscriptions                      ok            ok            ok            ok            ok     ok
POST /positions                                    ok            ok            403           403           403    403
GET /me/ingest-tokens                              ok            ok            403           ok            ok     403
POST /me/ingest-tokens                             ok            ok            403           403           403    403
DELETE /me/ingest-tokens/{token_id}                ok/404        ok/404        403           404           404    403
GET /workers/{worker_id}/ingest-tokens             403           403           403           shown/404     shown  403
DELETE /workers/{worker_id}/ingest-tokens/{token_id} 403         403           403           ok/404        ok     403
POST /ingest/owntracks                             ok            ok            401           401           401    401
POST /ingest/overland                              ok            ok            401           401           401    401
GET /ingest/osmand                                 ok            ok            400           400           400    400
POST /ingest/osmand                                ok            ok            404           404           404    404
GET /sos                                           hidden        shown/hidden  hidden        shown/hidden  hidden hidden
POST /sos                                          ok            ok            403           403           403    403
GET /sos/{sos_id}                                  404           ok/404        404           ok/404        404    404
POST /sos/{sos_id}/acknowledge                     404           ok/404        404           ok/404        404    404
POST /sos/{sos_id}/close                           404           ok/404        404           ok/404        404    404
POST /workers/locate                               403           403           403           shown/hidden  shown  403
GET /workers/{worker_id}/track                     ok/404        ok/404        404           403/404       403    404
POST /workers/{worker_id}/track                    403           403           403           ok/404        ok     403
GET /workers/{worker_id}/tracks                    ok/404        ok/404        404           403/404       403    404
POST /workers/{worker_id}/tracks                   403           403           403           ok/404        ok     403
GET /shifts/roster                                 403           shown/422     403           shown/422     shown         403
GET /shifts.csv                                    403           403           403           shown/hidden  shown  403
POST /shifts/import                                403           403           403           ok/422        ok     403
GET /shifts                                        hidden        shown/hidden  hidden        shown/hidden  shown  hidden
POST /shifts                                       403           403           403           ok/404        ok     403
PATCH /shifts/{shift_id}                           403           403           403           ok/404        ok     403
DELETE /shifts/{shift_id}                          403           403           403           ok/404        ok     403
GET /substitutions                                 hidden        shown/hidden  hidden        shown/hidden  shown  hidden
POST /substitutions/{substitution_id}/end          403           403           403           ok/404        ok     403
POST /workers/{worker_id}/substitute               403           403           403           ok/404        ok     403
GET /responsibilities                              hidden        shown/hidden  hidden        shown/hidden  shown  hidden
POST /responsibilities                             403           403           403           ok/404        ok     403
POST /responsibilities/{responsibility_id}/end     403           403           403           ok/404        ok     403
GET /areas                                         shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
GET /areas/at                                      shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
POST /areas/import                                 403           403           403           ok/422        ok            403
GET /areas/{area_id}                               ok/404        ok/404        ok/404        ok/404        ok            ok/404
GET /areas/{area_id}/history                       ok/404        ok/404        ok/404        ok/404        ok            ok/404
POST /areas/redraw                                 403           403           403           ok/403        ok     403
GET /jurisdictions                                 shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
POST /jurisdictions                                403           403           403           403           ok     403
GET /jurisdictions/{code}/profile                  ok/404        ok/404        ok/404        ok/404        ok            ok/404
POST /jurisdictions/{code}/profile                 403           403           403           403/404       ok            403
GET /jurisdictions/{code}/profile/versions         ok/404        ok/404        ok/404        ok/404        ok            ok/404
GET /jurisdictions/{code}/profile/versions/{number} ok/404        ok/404        ok/404        ok/404        ok            ok/404
GET /jurisdictions/{code}/profile/versions/{number}/diff ok/404  ok/404        ok/404        ok/404        ok     ok/404
GET /jurisdictions/{code}/profile/versions/{number}/evidence ok/404 ok/404       ok/404        ok/404        ok     ok/404
PUT /jurisdictions/{code}/profile/versions/{number}/evidence 403    403          403           403/404       ok     403
GET /jurisdictions/{code}/profile/versions/{number}/effect 403      403          403           ok/404        ok     403
GET /categories                                    ok/404        ok/404        ok/404        ok/404        ok            ok/404
GET /units                                         shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
POST /units                                        403           403           403           ok/422        ok            403
GET /units/{unit_id}                               ok/404        ok/404        ok/404        ok/404        ok            ok/404
PATCH /units/{unit_id}                             403           403           403           ok/404        ok            403
GET /components                                    shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
GET /places/search                                  shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
GET /places/near                                    shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
POST /components                                   403           403           403           ok/422        ok            403
GET /components/{component_id}                     ok/404        ok/404        ok/404        ok/404        ok     ok/404
PATCH /components/{component_id}                   403           403           403           ok/404        ok     403
DELETE /components/{component_id}                  403           403           403           ok/404        ok     403
GET /premises                                      shown/hidden  shown/hidden  403           shown/hidden  shown  shown/hidden
POST /premises                                     ok/403        ok/403        403           ok/403        ok     403
GET /premises/{premises_id}                        ok/404        ok/404        403           ok/404        ok     ok/404
PATCH /premises/{premises_id}                      ok/404        ok/404        403           ok/404        ok     403
POST /premises/{premises_id}/merge                 403           ok/404        403           ok/404        ok     403
POST /premises/{premises_id}/unmerge               403           ok/404        403           ok/404        ok     403
GET /households                                    shown/hidden  shown/hidden  403           shown/hidden  shown  shown/hidden
POST /households                                   ok/404        ok/404        403           ok/404        ok     403
POST /households/search                            shown/hidden  shown/hidden  403           shown/hidden  shown  403
GET /households/residence                           ok            ok            403           ok            ok     403
GET /households/{household_id}                     ok/404        ok/404        403           ok/404        ok     ok/404
PATCH /households/{household_id}                   ok/404        ok/404        403           ok/404        ok     403
POST /households/{household_id}/residents          ok/404        ok/404        403           ok/404        ok     403
POST /households/{household_id}/consents           ok/404        ok/404        403           ok/404        ok     403
GET /households/{household_id}/due                 ok/404        ok/404        403           ok/404        ok     403
GET /households/{household_id}/visits              ok/404        ok/404        403           ok/404        ok     403
POST /households/{household_id}/visits             ok/404        ok/404        403           ok/404        ok     403
PATCH /residents/{resident_id}                     ok/404        ok/404        403           ok/404        ok     403
DELETE /residents/{resident_id}                    403           403           403           ok/404        ok     403
POST /residents/{resident_id}/reveal               ok/404        ok/404        403           ok/404        ok     403
POST /residents/{resident_id}/move                 ok/404        ok/404        403           ok/404        ok     403
POST /residents/{resident_id}/care-tags            ok/404        ok/404        403           ok/404        ok     403
PATCH /care-tags/{tag_id}                          ok/404        ok/404        403           ok/404        ok     403
DELETE /care-tags/{tag_id}                         ok/404        ok/404        403           ok/404        ok     403
POST /consents/{consent_id}/withdraw               ok/404        ok/404        403           ok/404        ok     403
GET /visits/due                                    shown/hidden  shown/hidden  403           shown/hidden  shown  403
GET /incidents                                     shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
POST /incidents                                    ok            ok            403           ok            ok     403
GET /incidents/{incident_id}                       ok/404        ok/404        ok/404        ok/404        ok     ok/404
PATCH /incidents/{incident_id}                     403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/transitions          ok/404        ok/404        ok/404        ok/404        ok     403
GET /incidents/{incident_id}/events                ok/404        ok/404        ok/404        ok/404        ok     ok/404
GET /incidents/{incident_id}/durations             ok/404        ok/404        ok/404        ok/404        ok     ok/404
GET /incidents/{incident_id}/candidates            403           403           403           ok/404        ok     403
GET /incidents/{incident_id}/dispatch              ok/404        ok/404        ok/404        ok/404        ok     403
POST /incidents/{incident_id}/dispatch/{run_id}/replay  403    403           403           ok/404        ok     403
POST /incidents/dispatch/what-if                   403           403           403           ok            ok     403
POST /incidents/{incident_id}/reporter             403/404       403/404       403/404       ok/404        ok     403/404
POST /residents/{resident_id}/export               403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/reporter/export      403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/reporter/erase       403           403           403           ok/404        ok     403
GET /incidents/{incident_id}/publication           403           403           403           ok/404        ok     403
GET /incidents/{incident_id}/ratings               403           403           403           ok/404        ok     403
GET /incidents/{incident_id}/rule-changes          ok/404        ok/404        ok/404        ok/404        ok     ok/404
PUT /incidents/{incident_id}/publication           403           403           403           ok/404        ok     403
GET /incidents/to-release                          403           403           403           shown/hidden  shown  403
PUT /incidents/{incident_id}/publication/photos/{media_id}  403  403           403           ok/404        ok     403
GET /incidents/{incident_id}/publication/photos/{media_id}  403  403           403           ok/404        ok     403
GET /incidents/{incident_id}/notes                 ok/404        ok/404        ok/404        ok/404        ok     403
POST /incidents/{incident_id}/notes                403/404       403/404       ok/404        ok/404        ok     403
GET /incidents/{incident_id}/replies               403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/replies              403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/merge                403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/unmerge              403           403           403           ok/404        ok     403
POST /incidents/duplicates                         ok            ok            403           ok            ok     403
GET /incidents/{incident_id}/duplicates            ok/404        ok/404        ok/404        ok/404        ok     ok/404
POST /incidents/{incident_id}/reports              ok/404        ok/404        403           ok/404        ok     403
POST /incidents/{incident_id}/link                 403           403           403           ok/404        ok     403
POST /incidents/{incident_id}/unlink               403           403           403           ok/404        ok     403
GET /incidents/{incident_id}/print                 ok/404        ok/404        ok/404        ok/404        ok     ok/404
GET /incidents/print                               shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
POST /incidents/bulk                               403           403           403           ok            ok     403
GET /assignments                                   shown/hidden  shown/hidden  shown/hidden  hidden        hidden 403
POST /assignments/{assignment_id}/accept           ok/404        ok/404        ok/404        409/404       409    403
POST /assignments/{assignment_id}/decline          ok/404        ok/404        409/404       409/404       409    403
POST /assignments/{assignment_id}/transitions      ok/404        ok/404        ok/404        409/404       409    403
POST /offers/{offer_id}/delivered                  ok/404        ok/404        404           404           404    403
POST /sync/push                                    ok            ok            ok            ok            ok     ok
GET /sync/dead-letters                             hidden        hidden        hidden        shown/hidden  shown  hidden
POST /sync/dead-letters/{letter_id}/resolve        404           404           404           ok/404        ok     404
POST /media/uploads                                ok            ok            ok            ok            ok     403
PATCH /media/uploads/{media_id}                    ok/404        ok/404        ok/404        ok/404        ok/404 403
DELETE /media/uploads/{media_id}                   ok/404        ok/404        ok/404        ok/404        ok/404 403
GET /media/{media_id}                              ok/404        ok/404        ok/404        ok/404        ok     ok/404
DELETE /media/{media_id}                           403/404       403/404       403/404       ok/404        ok     403/404
GET /media/{media_id}/content                      ok/404        ok/404        ok/404        ok/404        ok     ok/404
GET /media/{media_id}/thumbnail                    ok/404        ok/404        ok/404        ok/404        ok     ok/404
GET /incidents/{incident_id}/media                 shown/404     shown/404     shown/404     shown/404     shown  shown/404
POST /incidents/{incident_id}/media                ok/404        ok/404        ok/404        ok/404        ok     403
DELETE /incidents/{incident_id}/media/{media_id}   403           403           403           ok/404        ok     403
GET /areas/{area_id}/coverage                      ok/403        ok/403        403           ok/403        ok     403
GET /check-lots                                    403           403           403           shown/hidden  shown  403
POST /check-lots                                   403           403           403           ok/403        ok     403
GET /check-lots/{lot_id}                           403           403           403           ok/404        ok     403
GET /plans                                         shown/hidden  hidden        hidden        shown/hidden  shown  hidden
GET /workers/{worker_id}/plan                      ok/404        403/404       404           ok/404        ok     404
POST /workers/{worker_id}/plan                     ok/404        403/404       404           ok/404        ok     404
POST /workers/{worker_id}/plan/order               ok/404        403/404       404           ok/404        ok     404
POST /workers/{worker_id}/plan/stops/{stop_id}/pin ok/404        403/404       404           ok/404        ok     404
DELETE /workers/{worker_id}/plan/stops/{stop_id}/pin ok/404      403/404       404           ok/404        ok     404
GET /imports                                       403           403           403           shown/hidden  shown  403
POST /imports                                      403           403           403           ok/422        ok     403
GET /imports/template                              403           403           403           ok/422        ok     403
POST /imports/columns                              403           403           403           ok/422        ok     403
GET /imports/{run_id}                              403           403           403           ok/404        ok     403
GET /imports/{run_id}/errors                       403           403           403           ok/404        ok     403
POST /imports/{run_id}/undo                        403           403           403           ok/404        ok     403
GET /imports/{run_id}/faults                       403           403           403           ok/404        ok     403
GET /exports                                       403           403        403       shown/hidden shown/hidden shown/hidden
POST /exports                                      403           403           403           ok            ok     ok
POST /exports/at-once                              403           403           403           ok            ok     ok
GET /exports/{run_id}                              403           403           403           ok/404        ok/404 ok/404
DELETE /exports/{run_id}                           403           403           403           ok/404        ok/404 ok/404
POST /exports/{run_id}/approve                     403           403           403           ok/404        ok     403
POST /exports/{run_id}/refuse                      403           403           403           ok/404        ok     403
GET /exports/{run_id}/file                         403           403           403           ok/404        ok/404 ok/404
GET /supervision/board                             403           403           403           ok/403        ok     403
GET /supervision/queue                             403           403           403           ok/403        ok     403
GET /supervision/workers                           403           403           403           shown/hidden  shown  403
GET /evaluation                                    403           403           403           ok/403        ok     403
GET /evaluation/print                              403           403           403           ok/403        ok     403
GET /evaluation/sheet                              403           403           403           ok/403        ok     403
GET /figures                                       403           403           403           ok/403        ok     403
GET /figures/members                               403           403           403           shown/403     shown  403
GET /figures/hours                                 403           403           403           ok/403        ok     403
GET /figures/cycles                                403           403           403           ok/403        ok     403
GET /figures/cycles/members                        403           403           403           ok/403        ok     403
GET /figures/rounded                               403           403           403           ok/403        ok     403
GET /supervision/contests                          403           403           403           shown/hidden  shown  403
POST /supervision/contests/{contest_id}/resolve    403           403           403           ok/404        ok     403
GET /supervision/signals                           403           403           403           shown/hidden  shown  403
POST /supervision/signals/preview                  403           403           403           ok/403        ok     403
GET /supervision/signals/{signal_id}               403           403           403           ok/404        ok     403
GET /supervision/signals/{signal_id}/members       403           403           403           ok/404        ok     403
POST /supervision/signals/{signal_id}/acknowledge  403           403           403           ok/404        ok     403
GET /supervision/grid-audit                        ok            ok            ok            ok            ok     ok
GET /supervision/grid-audit/findings               shown/hidden  shown/hidden  hidden        shown/hidden  shown  shown/hidden
GET /supervision/grid-audit/findings/{finding_id}/members ok/404 ok/404        404           ok/404        ok     ok/404
GET /messages                                      403           403           403           403           shown  403
POST /messages/replay                              403           403           403           403           ok     403
POST /messages/discard                             403           403           403           403           ok     403
GET /messages/channels                             403           403           403           403           ok     403
GET /messages/sms                                  403           403           403           403           shown  403
POST /messages/sms                                 403           403           403           403           ok     403
GET /webhooks                                      403           403           403           403           shown/hidden 403
POST /webhooks                                     403           403           403           403           ok     403
GET /webhooks/{webhook_id}                         403           403           403           403           ok/404 403
PATCH /webhooks/{webhook_id}                       403           403           403           403           ok/404 403
DELETE /webhooks/{webhook_id}                      403           403           403           403           ok/404 403
POST /webhooks/{webhook_id}/secret                 403           403           403           403           ok/404 403
POST /webhooks/{webhook_id}/test                   403           403           403           403           ok/404 403
GET /webhooks/{webhook_id}/deliveries              403           403           403           403           shown/404 403
POST /webhooks/{webhook_id}/replay                 403           403           403           403           ok/404 403
GET /incidents/events                              shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
GET /notices                                       shown/hidden  shown/hidden  403           shown/hidden  shown  403
POST /notices                                      403           403           403           ok/404        ok     403
GET /notices/{notice_id}                           ok/404        ok/404        403           ok/404        ok     403
PATCH /notices/{notice_id}                         403           403           403           ok/404        ok/403 403
GET /notices/{notice_id}/preview                   404           404           403           ok/404        ok     403
GET /notices/{notice_id}/preview/households        404           404           403           shown/404     shown  403
POST /notices/{notice_id}/publish                  403           403           403           ok/404        ok/403 403
POST /notices/{notice_id}/approve                  403           403           403           ok/404        ok     403
POST /notices/{notice_id}/refuse                   403           403           403           ok/404        ok     403
POST /notices/{notice_id}/withdraw                 403           403           403           ok/404        ok     403
GET /notices/{notice_id}/households                shown/404     shown/404     403           shown/404     shown  403
GET /notices/{notice_id}/households/{household_id} ok/404        ok/404        403           ok/404        ok     403
GET /notices/coverages                             shown/hidden  shown/hidden  403           shown/hidden  shown  403
GET /notices/{notice_id}/coverage                  ok/404        ok/404        403           ok/404        ok     403
POST /notices/{notice_id}/households/{household_id}/receipts ok/404 ok/404     403           ok/404        ok     403
GET /households/{household_id}/notice-opt-outs     ok/404        ok/404        403           ok/404        ok     403
PUT /households/{household_id}/notice-opt-outs     ok/404        ok/404        403           ok/404        ok     403
POST /notices/{notice_id}/households/{household_id}/link ok/404 ok/404         403           ok/404        ok/409 403
DELETE /notices/{notice_id}/households/{household_id}/link ok/404 ok/404       403           ok/404        ok/404 403
GET /notices/{notice_id}/replies                   shown/404     shown/404     403           shown/404     shown/hidden 403
GET /notices/tasks                                 shown/hidden  shown/hidden  403           shown/hidden  shown  403
POST /notices/{notice_id}/paper                    ok/404        ok/404        403           ok/404        ok/409 403
GET /sync                                          ok            ok            ok            ok            ok     ok
GET /sync/checksum                                 ok            ok            ok            ok            ok     ok
GET /sync/buckets/{bucket}                         ok/404        ok/404        404           ok/404        ok     ok/404
"""

PUBLIC = {
    "POST /auth/token",
    "POST /auth/refresh",
    "POST /auth/browser/token",
    "POST /auth/browser/refresh",
    "POST /auth/browser/logout",
    "POST /oauth/token",
}
# Doors for phone apps of others, which know no sign-in but a narrow token: what they answer to anybody else.
BY_TOKEN = {
    "POST /ingest/owntracks": (401, "Basic"),
    "POST /ingest/overland": (401, "Bearer"),
    "GET /ingest/osmand": (400, None),
    "POST /ingest/osmand": (404, None),
}
# What is not an operation of the API, and why anybody may read it.
OPEN_PAGES = {
    "/api/v1/openapi.json": "the document",
    "/api/v1/profile.schema.json": "the JSON Schema of a profile: no data of the city",
    "/api/docs": "the page to read it",
    "/api/docs/assets/<path:name>": "its scripts and style",
    "/<any(field, console):front_end>": "pages of the web front ends: whoever signs in does so at /api/v1",
    "/<any(field, console):front_end>/<path:name>": "their files",
    "/<any(field, console):front_end>/base-map.json": "the tiles that an operator lays under them: no data of the city",
    "/<any(field, console):front_end>/base-map.pmtiles": "these tiles, where they are our own",
    "/": "a redirect to the console",
    "/docs": "the documentation site: no data of the city",
    "/docs/<path:name>": "its pages and files",
    "/livez": "for operators: the process",
    "/readyz": "for operators: database and schema",
    "/metrics": "for operators: numbers without people",
}


def _table() -> dict[str, dict[str, str]]:
    header, *lines = MATRIX.strip("\n").splitlines()
    assert tuple(header.split()) == ROLES
    cells = {}
    for record in lines:
        method, path, *row = record.split()
        cells[f"{method} {path}"] = dict(zip(ROLES, row, strict=True))
    return cells


TABLE = _table()


def documented(rule: str) -> str:
    """A rule of Flask's as the document writes it, without the prefix."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.removeprefix("/api/v1"))


BUILDERS = {f"{key.split()[0]} {documented(key.split()[1])}": key for key in ENDPOINTS}


def operations(app):
    """(operation, the function that serves it) of every route under /api/v1."""
    for rule in app.url_map.iter_rules():
        # These have their own tests: tests/ogc/test_authentication.py, tests/open311/test_access.py.
        # Under /public nobody signs in: tests/public/test_doors.py.
        if rule.rule in OPEN_PAGES or rule.rule.startswith(("/ogc/", "/open311/", "/public/")):
            continue
        view = app.view_functions[rule.endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield f"{method} {documented(rule.rule)}", rule.rule, view


def test_permission_table_and_builders_cover_every_route(app):
    routed = {operation for operation, _, _ in operations(app)}
    assert routed == TABLE.keys()
    assert routed == BUILDERS.keys()


# Whoever reads rounded figures gets there, and where everybody does who has signed in.
OF_ANALYSTS = {"GET /figures/rounded"}


def test_analyst_reaches_only_figures(app):
    held = ROLE_PERMISSIONS[Role.ANALYST]
    let_in = {o for o, _, f in operations(app) if f.guarded_by and set(f.guarded_by) <= held}
    assert let_in == OF_ANALYSTS
    # No clause of rows knows the areas of this role.
    assert Role.ANALYST not in AREA_ROLES


# Whoever audits reads the trail and takes it along, and nothing else.
OF_AUDITORS = {"POST /audit/search", "POST /audit/export"}


def test_auditor_reaches_only_audit_trail(app):
    held = ROLE_PERMISSIONS[Role.AUDITOR]
    let_in = {o for o, _, f in operations(app) if f.guarded_by and set(f.guarded_by) <= held}
    assert let_in == OF_AUDITORS
    assert Role.AUDITOR not in AREA_ROLES


def test_every_route_is_guarded_or_public(app):
    for operation, rule, function in nonempty(operations(app)):
        assert rule.startswith("/api/v1/"), f"{rule} is neither of the API nor an open page"
        assert hasattr(function, "guarded_by"), operation
        assert (function.guarded_by is None) == (operation in PUBLIC), operation


def verdict(request, answer) -> str:
    if answer.status_code >= 300:
        assert answer.content_type == "application/problem+json"
        return str(answer.status_code)
    if request.target is None:
        return "ok"
    return "shown" if request.target in answer.text else "hidden"


# Rows of another city take longest: a city is made for many of them.
TRIED_AWAY = frozenset(drawn_share(TABLE, one_in=3, name="rights away"))


@pytest.mark.wide
@pytest.mark.parametrize("operation", TABLE)
def test_operation_answers_by_role_and_scope(world, operation):
    """Every operation by every role at home; in another city those of the run's share."""
    places = ("home", "away") if operation in TRIED_AWAY else ("home",)
    expected, actual = {}, {}
    refused: dict[str, Request] = {}  # to roles that may never: the same call for all of them
    for role, cell in TABLE[operation].items():
        inside, _, outside = cell.partition("/")
        for place in places:
            wanted = inside if place == "home" else outside or inside
            again = refused.get(place) if cell == "403" else None
            request, answer = send(world, BUILDERS[operation], role, inside=place == "home", refused=again)
            if cell == "403" and answer.status_code == 403 and request.actor is None:
                refused[place] = request
            expected[role, place] = wanted
            actual[role, place] = verdict(request, answer)
    assert actual == expected


@pytest.mark.parametrize("operation", TABLE)
def test_operation_returns_401_without_session(world, operation):
    _, answer = send(world, BUILDERS[operation], "anonymous")
    if operation in PUBLIC:
        assert answer.status_code == (204 if operation.endswith("/logout") else 200)
    elif operation in BY_TOKEN:
        status, challenge = BY_TOKEN[operation]
        assert answer.status_code == status
        assert challenge is None or answer.headers["WWW-Authenticate"].startswith(challenge)
    else:
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.fixture(scope="module")
def first_token(world):
    """The token of somebody who has yet to choose a password; of somebody new each time, if it will be used for that."""
    tokens = []

    def give(is_used_up: bool) -> str:
        if tokens and not is_used_up:
            return tokens[0]
        person = world.new_person("admin", world.home)
        with db.transaction(SYSTEM) as session:
            given = accounts.give_one_time_password(
                session, SYSTEM, settings=world.settings, account_id=person.id
            )
        signed_in = world.app.test_client().post(
            "/api/v1/auth/token",
            json={"username": person.username, "password": given["one_time_password"]},
        )
        token = signed_in.json["access_token"]
        if not is_used_up:
            tokens.append(token)
        return token

    return give


@pytest.mark.parametrize("operation", TABLE)
def test_one_time_password_allows_only_password_change_and_sos(world, first_token, operation):
    """Whoever has yet to choose a password of their own is let in nowhere else."""
    if operation in PUBLIC or operation in BY_TOKEN:
        return
    # Whoever has yet to choose a password may be in danger all the same.
    allowed = operation in {"GET /me", "POST /me/password", "POST /auth/logout", "POST /sos"}
    token = first_token(allowed)
    method, path = operation.split()
    nowhere = re.sub(r"\{\w+\}", "00000000-0000-7000-8000-000000000000", path.replace("{number}", "1"))
    answer = world.app.test_client().open(
        f"/api/v1{nowhere}", method=method, headers={"Authorization": f"Bearer {token}"}
    )
    refused = answer.status_code == 403 and answer.json["code"] == "password_change_required"
    assert refused is not allowed, answer.text
