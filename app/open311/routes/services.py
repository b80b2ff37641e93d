"""Views of discovery, the list of services and their definitions."""

import orjson
from flask import Response, current_app

from app.core.db import Session
from app.http.messages import language
from app.open311 import service
from app.open311.routes.blueprint import (
    BASE,
    FORM,
    PREFIX,
    absolute_url,
    answer,
    blp,
    counted_by_address,
    query_args,
)
from app.open311.rules.discovery import discovery
from app.open311.rules.openapi import MEDIA_TYPE, document
from app.open311.rules.parameters import require_known, value_of


@blp.get(f"/discovery.{FORM}")
@counted_by_address
@blp.reads
def read_discovery(form: str, *, session: Session) -> Response:
    """Describe the service, its formats, and how to get an API key"""
    require_known(query_args())
    settings = current_app.extensions["settings"]
    contact = settings.open311_contact or absolute_url("/")
    document = discovery(
        url=absolute_url(BASE),
        contact=contact,
        key_service=contact,
        changeset=service.changeset(session),
        is_test=settings.is_demo,
    )
    return answer(form, "discovery", document)


@blp.get("/api")
@counted_by_address
def read_document() -> Response:
    """Describe this service as OpenAPI 3.0"""
    return Response(orjson.dumps(document(absolute_url(PREFIX))), content_type=MEDIA_TYPE)


@blp.get(f"/v2/services.{FORM}")
@counted_by_address
@blp.reads
def list_services(form: str, *, session: Session) -> Response:
    """List the services that residents may request"""
    args = query_args()
    require_known(args)
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    tokens = current_app.extensions["settings"].open311_tokens
    return answer(form, "services", service.service_list(city, language(), answers_tokens=tokens))


@blp.get(f"/v2/services/<service_code>.{FORM}")
@counted_by_address
@blp.reads
def read_service_definition(form: str, service_code: str, *, session: Session) -> Response:
    """Describe the attributes of a service"""
    args = query_args()
    require_known(args)
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    document = service.service_definition(city, service_code, language())
    return answer(form, "service_definition", document)
