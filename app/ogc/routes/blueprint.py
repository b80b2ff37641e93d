"""Base of all views of /ogc: authentication, content negotiation, links, errors as OGC API exceptions."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial, wraps
from typing import Any

import flask
import orjson
from flask import Response, current_app, g, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from app.accounts.rules.access_tokens import KINDS
from app.basemap.service.map_file import MapFile, configured_map
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.links import link
from app.http import quotas
from app.http.callers import answer_caller
from app.http.direct_reads import HANDOVER
from app.http.forwarded import HOST
from app.http.messages import language, title, with_message
from app.http.pages import html_page
from app.http.smorest import authenticated_actor
from app.http.unit_of_work import UnitOfWork
from app.ogc.rules.parameters import unique_parameters


class Blueprint(UnitOfWork, flask.Blueprint):
    """A Flask blueprint for views outside of the main API document."""


blp = Blueprint("ogc", __name__, url_prefix="/ogc", template_folder="../pages")
JSON = "application/json"
PERSONAL = KINDS["personal"]
# An instant as PostgreSQL writes it in JSON.
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*\+00:00$")


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the authenticated actor to the view.

    Raises:
        Forbidden: The actor must change the password first.
    """

    def answer(*args: Any, **kwargs: Any) -> Any:
        actor = _caller()
        quotas.charge(str(actor.id))
        if actor.must_change_password:
            raise Forbidden("password_change_required")
        return view(actor, *args, **kwargs)

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        handover = request.environ.get(HANDOVER)
        quotas.admit(wrapper, handover and handover.standing)
        if handover is not None and handover.actor is not None:
            g.actor = handover.actor
        return answer_caller(view, partial(answer, *args, **kwargs))

    wrapper.is_signed_in = True  # type: ignore[attr-defined]
    return wrapper


def _caller() -> Actor:
    """Return the actor of a session token or personal token (bearer), or of a personal token as Basic password."""
    authorization = request.authorization
    token = authorization.password if authorization is not None and authorization.type == "basic" else None
    if (
        token is None
        and authorization is not None
        and authorization.token
        and authorization.token.startswith(PERSONAL.prefix)
    ):
        token = authorization.token
    if token is None:
        return authenticated_actor()
    authenticate = current_app.extensions["authenticate_token"]
    actor: Actor = authenticate("personal", token)
    g.actor = actor
    return actor


def absolute_url(path: str, query: str = "") -> str:
    """Return the absolute URL of a path below /ogc, as the caller reaches the server."""
    # Only the URL of the landing page ends with a slash.
    return f"{request.scheme}://{request.host}{link(f'/ogc{path}')}{'?' + query if query else ''}"


def base_url_of(environ: dict[str, Any]) -> str | None:
    """Return `absolute_url("")` of a WSGI request without Flask. None: its host is unusual."""
    return _base_url(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""), link("/ogc"))


@lru_cache(maxsize=100)
def _base_url(scheme: str, host: str, path: str) -> str | None:
    is_usual = HOST.fullmatch(host) and not host.endswith((":80", ":443"))
    return f"{scheme}://{host}{path}" if is_usual else None


def with_tag(response: Response, tag: str) -> Response:
    """Return the response of a tile with its ETag.

    A tile is cached by the client only, and revalidated each time: `observe` sets `Cache-Control: private, no-cache`.
    """
    response.headers["ETag"] = f'"{tag}"'
    return response


def served_base_map() -> MapFile | None:
    """Return the configured base map; None if there is none, or its file cannot be used."""
    return configured_map(current_app.extensions["settings"].base_map)


def query_args() -> list[tuple[str, str]]:
    """Return the query parameters as (name, value) pairs in their order.

    A parameter that occurs twice has two pairs.
    """
    return list(request.args.items(multi=True))


def requested_form(allowed: Iterable[str] = ("f",)) -> str:
    """Return the format of the response, `json` or `html`.

    It is the parameter `f`, else the preference of the Accept header.
    """
    args = unique_parameters(query_args(), allowed)
    return args.get("f") or preferred_form()


def preferred_form() -> str:
    """Return the format that the Accept header prefers: `html` or `json`."""
    return form_of(request.environ.get("HTTP_ACCEPT", ""))


@lru_cache(maxsize=100)
def form_of(accept: str) -> str:
    """Return the format that an Accept header prefers: `html` or `json`."""
    best = parse_accept_header(accept, MIMEAccept).best_match(
        (JSON, "application/geo+json", "application/schema+json", "text/html"), default=JSON
    )
    return "html" if best == "text/html" else "json"


def json_answer(value: Any, media: str = JSON) -> Response:
    """Return a JSON response from a value, or from bytes that are JSON already."""
    return Response(value if isinstance(value, bytes) else orjson.dumps(value), content_type=media)


def render_page(template: str, **values: Any) -> Response:
    """Render a page in the reader's language: `t(english, chinese)` chooses the text, `format_value` formats values."""
    is_chinese = language() == "zh-CN"

    def t(english: str, chinese: str) -> str:
        return chinese if is_chinese else english

    def format_value(value: Any) -> Any:
        if isinstance(value, bool):
            return t("yes", "是") if value else t("no", "否")
        if isinstance(value, str) and (moment := _MOMENT.match(value)):
            return f"{moment[1]} {moment[2]} UTC"
        return "" if value is None else value

    response = html_page(
        template, t=t, format_value=format_value, lang=language(), home=absolute_url("/"), **values
    )
    response.headers["Content-Language"] = language()
    return response


@blp.after_app_request
def to_ogc_exception(response: Response) -> Response:
    """Convert an error of /ogc to an OGC exception with `code` and `description`.

    All errors of the request's content get status 400.
    """
    if response.status_code < 400:
        return response
    if not request.path.startswith("/ogc") or response.mimetype != "application/problem+json":
        return response
    problem = orjson.loads(response.get_data())
    if response.status_code == 422:
        response.status_code = problem["status"] = 400
        problem["title"] = title(400)
    faults = [
        f"{field_error['field']} {field_error['message']}"
        for field_error in map(with_message, problem.get("errors", ()))
    ]
    # Most client programs show this member only.
    faults += [f"{finding['code']}: {finding['message']}" for finding in problem.get("findings", ())[:5]]
    problem["description"] = " ".join([problem.get("detail", ""), "; ".join(faults)]).strip()
    response.set_data(orjson.dumps(problem))
    response.content_type = JSON
    if response.status_code == 401:
        # Basic first: desktop programs use it.
        response.headers["WWW-Authenticate"] = 'Basic realm="gridward", charset="UTF-8"'
        response.headers.add("WWW-Authenticate", 'Bearer realm="gridward"')
    return response
