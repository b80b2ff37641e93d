"""Forms that portals send: URL-encoded, or multipart with photos."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import current_app, request

from app.core.actor import Actor
from app.core.db import Session, transaction, with_retries
from app.core.errors import Forbidden, Unsupported
from app.http import quotas
from app.http.messages import language
from app.http.quotas import API_KEY_HEADER
from app.open311 import service
from app.open311.routes.blueprint import absolute_url
from app.open311.rules.parameters import Args, value_of
from app.open311.rules.reports import PHOTOS_BYTES_MAX
from app.public import service as public

T = TypeVar("T")
URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
# Clients send these in the query, too.
_IN_QUERY = ("api_key", "jurisdiction_id")


def form_args() -> Args:
    """Return the values of each parameter of the form, and of those that are in the query.

    Raises:
        Unsupported: The body is no form.
    """
    if request.mimetype not in (URL_ENCODED, MULTIPART) and request.content_length:
        raise Unsupported("media_type_unsupported")
    if request.mimetype == MULTIPART:
        request.max_content_length = PHOTOS_BYTES_MAX
    # A part of a multipart form may have no name.
    args: dict[str, list[str]] = {
        name: values for name, values in request.form.to_dict(flat=False).items() if name
    }
    for name in _IN_QUERY:
        if name in request.args and name not in args:
            args[name] = request.args.getlist(name)
    if API_KEY_HEADER in request.headers and "api_key" not in args:
        args["api_key"] = [request.headers[API_KEY_HEADER]]
    return args


def authenticated(session: Session, args: Args) -> Actor:
    """Return the service account of the key in a form, and count the request for it.

    A request that fails to authenticate counts for the address of its caller.

    Raises:
        Forbidden: There is no valid key, or its account may not report.
        Throttled: The account or the address has used up its quota.
    """
    try:
        caller = service.caller_of(session, value_of(args, "api_key"))
    except Forbidden:
        quotas.charge_address()
        raise
    quotas.charge(str(caller.id))
    return caller


def with_photos(caller: Actor, act: Callable[[Session, list[public.StoredPhoto]], tuple[T, bool]]) -> T:
    """Store the photos of the form, then run `act` in a transaction, and return its result.

    The photos are erased again if `act` fails, or returns that the same form was stored before.
    """
    contents = [file.read() for file in request.files.values() if file.filename or file.content_length]

    def attempt(photos: list[public.StoredPhoto]) -> tuple[T, bool]:
        with transaction(caller) as session:
            return act(session, photos)

    return public.with_photos(
        current_app.extensions["media_store"],
        [content for content in contents if content],
        current_app.extensions["settings"],
        lambda photos: with_retries(lambda: attempt(photos)),
    )


def photo_url(city: public.PublicCity, case_id: UUID, photo_id: UUID | None) -> str | None:
    """Return the absolute URL of a released photo of a case; None without a photo."""
    if photo_id is None:
        return None
    lang = "zh" if language() == "zh-CN" else "en"
    return absolute_url(f"/public/{city.code}/{lang}/cases/{case_id}/photos/{photo_id}")
