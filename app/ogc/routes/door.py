"""What every door of /ogc has: who comes in, in which form she is answered, links to ourselves, errors in OGC's form."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request

from app.accounts.rules.access_tokens import KINDS
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.links import link
from app.http.messages import language, told_field
from app.http.pages import html_page
from app.http.smorest import authenticated_actor
from app.ogc.rules.parameters import once

blp = Blueprint("ogc", __name__, url_prefix="/ogc", template_folder="../pages")
JSON = "application/json"
PERSONAL = KINDS["personal"]
# As PostgreSQL says an instant in JSON.
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*\+00:00$")


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """A signed-in actor, handed to the view."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        actor = _caller()
        if actor.must_change_password:
            raise Forbidden("password_change_required")
        return view(actor, *args, **kwargs)

    wrapper.is_signed_in = True  # type: ignore[attr-defined]
    return wrapper


def _caller() -> Actor:
    """Who calls: a session's bearer token, or a personal token as one, or as the password of Basic under any name."""
    given = request.authorization
    token = given.password if given is not None and given.type == "basic" else None
    if token is None and given is not None and given.token and given.token.startswith(PERSONAL.prefix):
        token = given.token
    if token is None:
        return authenticated_actor()
    authenticate = current_app.extensions["authenticate_token"]
    actor: Actor = authenticate("personal", token)
    g.actor = actor
    return actor


def address(path: str, query: str = "") -> str:
    """The whole address of something of ours, as the caller reaches us."""
    # What stands below the landing page has no slash at its end; the landing page has.
    return f"{request.scheme}://{request.host}{link(f'/ogc{path}')}{'?' + query if query else ''}"


def asked() -> list[tuple[str, str]]:
    """The parameters of the query, in order, as often as they were said."""
    return list(request.args.items(multi=True))


def form(known: Iterable[str] = ("f",)) -> str:
    """json or html: what `f` says, else what the client would rather have."""
    said = once(asked(), known)
    return said.get("f") or preferred()


def preferred() -> str:
    best = request.accept_mimetypes.best_match(
        (JSON, "application/geo+json", "application/schema+json", "text/html"), default=JSON
    )
    return "html" if best == "text/html" else "json"


def json_answer(value: Any, media: str = JSON) -> Response:
    return Response(value if isinstance(value, bytes) else orjson.dumps(value), content_type=media)


def page(template: str, **values: Any) -> Response:
    """A page for people, in their language: `t(english, chinese)` says which words, `said` how a value reads."""
    is_chinese = language() == "zh-CN"

    def t(english: str, chinese: str) -> str:
        return chinese if is_chinese else english

    def said(value: Any) -> Any:
        if isinstance(value, bool):
            return t("yes", "是") if value else t("no", "否")
        if isinstance(value, str) and (moment := _MOMENT.match(value)):
            return f"{moment[1]} {moment[2]} UTC"
        return "" if value is None else value

    answer = html_page(template, t=t, said=said, lang=language(), home=address("/"), **values)
    answer.headers["Content-Language"] = language()
    return answer


@blp.after_app_request
def in_ogc_form(response: Response) -> Response:
    """Problems of /ogc as OGC says them: 400 for whatever is wrong with the request, `code` and `description`."""
    if not request.path.startswith("/ogc") or response.mimetype != "application/problem+json":
        return response
    problem = orjson.loads(response.get_data())
    if response.status_code == 422:
        response.status_code = problem["status"] = 400
        problem["title"] = "Bad request"
    faults = [f"{told['field']} {told['message']}" for told in map(told_field, problem.get("errors", ()))]
    # Most programs show people this one member and nothing else.
    faults += [f"{found['code']}: {found['message']}" for found in problem.get("findings", ())[:5]]
    problem["description"] = " ".join([problem.get("detail", ""), "; ".join(faults)]).strip()
    response.set_data(orjson.dumps(problem))
    response.content_type = JSON
    if response.status_code == 401:
        # Basic first: what desktop programs speak.
        response.headers["WWW-Authenticate"] = 'Basic realm="gridward", charset="UTF-8"'
        response.headers.add("WWW-Authenticate", 'Bearer realm="gridward"')
    return response
