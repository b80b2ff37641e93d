"""Routes of /notices: drafts, preview, publication."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.notices import service
from app.notices.schemas import notices as schemas
from app.settings import Settings

blp = Blueprint("notices", __name__, url_prefix="/api/v1/notices", tag="Register")


@blp.route("")
@blp.guard(Permission.NOTICE_READ)
@blp.arguments(schemas.NoticeFilter, location="query")
@blp.response(200, schemas.NoticePage)
@blp.reads
def list_notices(query: dict[str, Any], *, session: Session) -> Response:
    """List notices

    Returns a page of notices, the newest first: those that are sent in the name of an area in the caller's
    reach, in each state, and the published ones that address a household in the caller's reach.
    """
    return json_bytes(service.list_notices(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.NOTICE_WRITE)
@blp.keyed
@blp.arguments(schemas.CreateNotice)
@blp.response(201, schemas.NoticeOut)
@blp.problem(404, "not_found")
@blp.problem(422, "notice_addresses_nobody")
@blp.writes
def create_notice(body: dict[str, Any], *, session: Session) -> Response:
    """Write a notice

    Stores a draft, which nobody gets. `area_ids`, `premises_kinds`, `care_kinds` and `geometry` say whom it
    addresses: the households that meet all that are given. At least one is given. To address everybody, name
    the sender's area in `area_ids`. `attachments` name files that the caller uploaded before
    (`POST /media/uploads`): photos, and PDF documents of kind `document`.
    """
    item, version = service.create_notice(session, authenticated_actor(), **body)
    return json_bytes(item, 201, version=version)


@blp.route("/<uuid:notice_id>")
@blp.guard(Permission.NOTICE_READ)
@blp.response(200, schemas.NoticeOut)
@blp.problem(404, "not_found")
@blp.reads
def read_notice(notice_id: UUID, *, session: Session) -> Response:
    """Read a notice

    Returns a notice. The `ETag` is the version for `If-Match`. A notice ends by time without a new version, so
    the operation answers no 304.
    """
    item, version = service.notice(session, authenticated_actor(), notice_id=notice_id)
    response = json_bytes(item)
    response.headers["ETag"] = f'"{version}"'
    return response


@blp.route("/<uuid:notice_id>", methods=["PATCH"])
@blp.guard(Permission.NOTICE_WRITE)
@blp.patch_arguments(
    schemas.NoticePatch, answer=schemas.NoticeOut, read=service.notice, derived=("state", "files")
)
@blp.response(200, schemas.NoticeOut)
@blp.problem(403, "notice_of_another")
@blp.problem(404, "not_found")
@blp.problem(409, "notice_not_draft")
@blp.problem(422, "notice_addresses_nobody")
@blp.if_match(required=True)
@blp.writes
def change_notice(
    changes: dict[str, Any], notice_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a draft

    Only its author changes a draft. A notice that waits for approval or is published is not changed; withdraw
    it and write another one. `attachments` replace the present ones; files that are left out are erased.
    """
    item, version = service.change_notice(
        session, authenticated_actor(), notice_id=notice_id, expected=expected, changes=changes
    )
    return json_bytes(item, version=version)


@blp.route("/<uuid:notice_id>/preview")
@blp.guard(Permission.NOTICE_READ)
@blp.response(200, schemas.NoticePreview)
@blp.problem(404, "not_found")
@blp.counts(plan="custom")
def preview_notice(notice_id: UUID, *, session: Session) -> Response:
    """Count whom a notice reaches

    Counts the households that the notice reaches now, in all, by channel and by grid. The same statement
    decides who gets it when it is published. Households that moved away are not addressed. A household that
    opted out of all its channels counts as `opted_out`. Callers whose reach covers the whole area of the
    sender see a preview.
    """
    return json_bytes(
        service.preview(session, authenticated_actor(), notice_id=notice_id, settings=_settings())
    )


@blp.route("/<uuid:notice_id>/preview/households")
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_READ)
@blp.arguments(schemas.PreviewFilter, location="query")
@blp.response(200, schemas.PreviewedPage)
@blp.problem(404, "not_found")
@blp.reads
def list_previewed_households(query: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """List whom a notice reaches

    Returns a page of the households of the preview, in the order of their ids.
    """
    body = service.previewed_households(
        session, authenticated_actor(), notice_id=notice_id, settings=_settings(), **query
    )
    return json_bytes(body)


@blp.route("/<uuid:notice_id>/publish", methods=["POST"])
@blp.guard(Permission.NOTICE_WRITE)
@blp.arguments(schemas.PublishNotice)
@blp.response(200, schemas.NoticeOut)
@blp.problem(403, "notice_of_another")
@blp.problem(404, "not_found")
@blp.problem(
    409,
    "notice_not_draft",
    "notice_reach_changed",
    "notice_reaches_nobody",
    "notice_over",
    "notice_pages_closed",
    "notice_file_refused",
    "media_pending",
)
@blp.writes
def publish_notice(body: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """Publish a notice

    Fixes the addressees: the households of the preview. They stay the addressees when the register changes
    afterwards. If the number differs from `confirmed_households`, nothing is stored and the answer is 409
    `notice_reach_changed` with `households` and `opted_out` of now.

    A notice to more than 1,000 households is `publishing` until a job has stored the state of each; read the
    notice again for `households_stored`. Nobody gets it before it is `published`.

    From `approval_from` households of the preview on the notice waits for a second person
    (`awaiting_approval`). What the author published alone within 24 hours is added, so that one notice cannot
    be sent as several small ones.
    """
    item, version = service.publish(
        session, authenticated_actor(), notice_id=notice_id, settings=_settings(), **body
    )
    return json_bytes(item, version=version)


@blp.route("/<uuid:notice_id>/approve", methods=["POST"])
@blp.guard(Permission.NOTICE_APPROVE)
@blp.arguments(schemas.ApproveNotice)
@blp.response(200, schemas.NoticeOut)
@blp.problem(403, "notice_own")
@blp.problem(404, "not_found")
@blp.problem(
    409,
    "notice_not_waiting",
    "notice_reach_changed",
    "notice_reaches_nobody",
    "notice_over",
    "notice_pages_closed",
)
@blp.writes
def approve_notice(body: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """Approve a notice

    Another person than the author publishes a notice that waits for approval. The person confirms the number
    of the preview, as the author did. A notice to more than 1,000 households is `publishing` first.
    """
    item, version = service.approve(
        session, authenticated_actor(), notice_id=notice_id, settings=_settings(), **body
    )
    return json_bytes(item, version=version)


@blp.route("/<uuid:notice_id>/refuse", methods=["POST"])
@blp.guard(Permission.NOTICE_APPROVE)
@blp.arguments(schemas.RefuseNotice)
@blp.response(200, schemas.NoticeOut)
@blp.problem(403, "notice_own")
@blp.problem(404, "not_found")
@blp.problem(409, "notice_not_waiting")
@blp.writes
def refuse_notice(body: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """Refuse a notice

    Another person than the author refuses a notice that waits for approval. It is a draft again.
    """
    item, version = service.refuse(session, authenticated_actor(), notice_id=notice_id, **body)
    return json_bytes(item, version=version)


@blp.route("/<uuid:notice_id>/withdraw", methods=["POST"])
@blp.guard(Permission.NOTICE_WRITE)
@blp.arguments(schemas.WithdrawNotice)
@blp.response(200, schemas.NoticeOut)
@blp.problem(404, "not_found")
@blp.problem(409, "notice_withdrawn")
@blp.writes
def withdraw_notice(body: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """Withdraw a notice

    Ends a notice in whichever state. Its visit tasks are gone, its links say that it was withdrawn, and the
    states of the households stay as they are. Of a notice that is `publishing` nobody gets anything; the states
    of its other households are stored all the same.
    """
    item, version = service.withdraw(session, authenticated_actor(), notice_id=notice_id, **body)
    return json_bytes(item, version=version)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
