"""The groups (tags) of operations in the API document.

They are listed in the order of the document, each with an introduction in Markdown.

A blueprint names its group (`Blueprint(..., tag="Report")`). An unknown name is refused at the start of the application.
"""

GROUPS = {
    "Sign in": """\
Start here. `POST /auth/token` takes a user name and a password and returns an access token, which is valid for ten
minutes, and a refresh token for the next one. Send the access token as `Authorization: Bearer …` with every other
call. `GET /me` shows the signed-in account with its roles, areas and permissions.

A worker's phone uses `/auth/token`; another system has a service account, with an API key or a token of
`/oauth/token`. The web pages use `/auth/browser`, which keeps the refresh token in a cookie that no script can read.
QGIS and other programs that cannot sign in use a token from `POST /tokens`. Everybody sees and ends their own
sessions, devices and tokens here; administrators do so for others under *Administration*.""",
    "Report": """\
A report starts a case. `POST /incidents` takes a point, a category and words, and finds the grid, the owning unit
and a worker by itself. `GET /categories` lists the categories of a city.

Ask `POST /incidents/duplicates` first if the problem may be known already: a further report of a known case is added
with `POST /incidents/{incident_id}/reports`, so that its reporter is informed too. Supervisors link cases that belong
together and remove such links. The client makes the id of a report, so a report that is sent twice is one case.""",
    "Cases and life cycle": """\
These operations list, read, correct and print cases, and move them through their life cycle.

Every step of a case is one call, `POST /incidents/{incident_id}/transitions`, with an `action` such as `file`,
`feed_back` or `check`. A case lists in `allowed` the actions that the caller may take now; an action that is not
allowed is answered 409 with the reason. The desk of a supervisor merges cases, acts on many at once, writes notes and
reads, for a recorded purpose, who reported a case. Deadlines and rules: `docs/reference/rules.md`.""",
    "Dispatch": """\
Dispatch finds the worker or unit for a case and explains the choice.

A worker reads offers and accepted work with `GET /assignments`, then accepts or declines an offer and says when they
are on the way. A supervisor sees open cases on the board, cases that need a decision in the queue, and the load of
each worker. `GET /incidents/{incident_id}/dispatch` explains who was considered and why one was chosen;
`POST /incidents/dispatch/what-if` tries other weights on a past day and changes nothing. Day plans put the stops of
one worker in order. A study of dispatch policies: `docs/explanation/dispatch-study.md`.""",
    "Register": """\
The register holds premises, the households in them, their residents, and the components of the city such as lamps
and manhole covers.

Grid workers read and change the entries of their grids and record visits. Care tags say which help a resident needs
and are stored only with consent. Personal fields are masked: reading one takes a purpose, and the reading is recorded.
Changes carry the version of the entry (`If-Match`), so that nobody overwrites a newer one: `docs/reference/register.md`.

A notice tells households something and takes their answers. The preview is exactly whom it reaches, and from 200
households on a second person approves. Each household has a state, and questions become cases:
`docs/how-to/notices.md`.""",
    "Areas and rules": """\
A city is a jurisdiction: a tree of areas from the district to the grid, the units that own categories, and a profile
of rules.

`GET /areas/at` finds the areas at a point; every area is a GeoJSON feature. Administrators import areas, redraw
borders with all that lies on the land, and publish new versions of the profile. The grid audit finds gaps, overlaps
and overload of grids. The profile decides categories, deadlines and dispatch: `docs/reference/rules.md`.""",
    "People and duty": """\
These operations say who works where and when: workers with their skills, responsibilities for grids, shifts, the
roster and substitutions.

A worker starts and ends duty with `POST /workers/{worker_id}/duty`; only workers on duty get offers. A supervisor
plans shifts, also from a CSV file, and names a substitute for an absent worker. Coverage shows the parts of a grid
that nobody visited, and a check lot draws at random which households or cells to look at.""",
    "Positions and phone apps": """\
Phones send positions while their worker is on duty; positions of off-duty workers are not stored.

The field app uses `POST /positions`. OwnTracks, Overland and Traccar Client use `/ingest` with a token of their own,
which opens nothing else. Reading the position or track of another person takes a purpose and is recorded, and the
person sees that record. A call for help (`/sos`) works on duty and off duty and notifies grid chiefs and supervisors
at once.""",
    "Files": """\
Files go in and out here: photos and voice notes, imports and exports.

A photo is uploaded in parts that can be resumed (tus 1.0.0) and then attached to a case; see `docs/reference/media.md`. An
import reads areas, units, households, workers, cases or components from CSV, XLSX, GeoJSON, GeoPackage or Shapefile;
begin with a dry run: `docs/how-to/imports.md`. An export writes one map collection with a filter into a file. An
export of many households takes a second person: `docs/reference/exports.md`.""",
    "Sync": """\
Phones work without a network and catch up through these operations.

`GET /sync` returns all changes since a sync token, page by page. `POST /sync/push` sends the operations of the outbox;
each one is applied once and answered by itself. An operation that cannot be applied becomes a dead letter and waits
for a person. `GET /events` streams hints that something changed, so that apps need not poll. Servers of other systems
get the events of cases by webhooks, or read them with `GET /incidents/events`: `docs/how-to/webhooks.md`. For makers of
phone apps: `docs/reference/mobile.md`.""",
    "Statistics and signals": """\
Figures count cases of a period, and every number leads to its members: the same query under `/members` lists exactly
what was counted.

Supervisors and analysts read figures and the monthly evaluation, analysts in rounded form. A signal is a sign that a
service fails, such as a hotspot or cases without progress; it is answered in words. Workers see every figure about
themselves under `/me/figures` and may contest it. Definitions: `docs/reference/figures.md` and `docs/reference/signals.md`.""",
    "Administration": """\
Administrators open accounts, give and take roles, reset passwords and block devices. They create service accounts
(`POST /service-accounts`), with which other systems call this API: `docs/how-to/connect-another-system.md`.

E-mails and SMS to residents and workers are listed under `/messages`, where dead ones are sent again; the SMS gateway
delivers what comes in: `docs/how-to/messages.md`.

Auditors search the audit trail, which records who changed, read or exported what, and why; reading it is recorded
too. Residents and reporters have a right to their data: an export of all that is stored about one person, and
erasure. Roles and permissions: `docs/reference/permissions.md`; the record of processing: `docs/reference/processing.md`.""",
}


def tags() -> list[dict[str, str]]:
    """Return the tags of the API document."""
    return [{"name": name, "description": introduction} for name, introduction in GROUPS.items()]
