"""/households: who keeps house where, without who."""

from typing import Any

from flask import Response
from flask.views import MethodView

from app.core.actor import Permission
from app.core.db import read_session
from app.households import service
from app.households.schemas.households import HouseholdFilter, HouseholdPage
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint(
    "households", __name__, url_prefix="/api/v1/households", description="Where people live, without who"
)


@blp.route("")
class Households(MethodView):
    @blp.guard(Permission.HOUSEHOLD_READ)
    @blp.arguments(HouseholdFilter, location="query")
    @blp.response(200, HouseholdPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List the households I look after"""
        with read_session() as session:
            return json_bytes(service.list_households(session, authenticated_actor(), **query))
