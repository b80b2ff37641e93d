"""Subclasses of flask-smorest's classes. Every route file imports its API classes from here.

`Blueprint.guard` and `Blueprint.public` check access and document it. A route with neither makes the start of the
application fail (`Api.register_blueprint`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial, wraps
from typing import Any

import flask_smorest
from flask import Response, current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from app.core.actor import ROLE_PERMISSIONS, Actor, ActorKind, Permission, Role
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.http import deprecation, quotas, read_back, without_layers
from app.http.api import Api
from app.http.arguments_parser import ArgumentsParser
from app.http.callers import answer_caller, authenticated_actor
from app.http.descriptions import described
from app.http.direct_reads import HANDOVER
from app.http.idempotency import KEY_PARAMETER, idempotent_by_key
from app.http.quotas import API_KEY_HEADER
from app.http.responses import condition_headers
from app.http.schema import Schema
from app.http.unit_of_work import UnitOfWork, with_expected_version

AuthenticateToken = Callable[[str, str | None], Actor]
# Names of the security schemes of service accounts in the API document.
SERVICE_SCHEMES = ("client_credentials", "api_key")
# The schema of a body that is a file: generated clients take bytes for it.
FILE = {"type": "string", "format": "binary"}


_READ_BACK = (
    "The body may be the whole answer of GET: members with their present values change nothing, and a member that cannot "
    "be changed here is refused with 422 `read_only` if its value differs."
)


@dataclass(frozen=True, slots=True)
class Credential:
    """Credential of a third-party app: a narrow token of `kind`, sent as that app supports.

    `schemes` are its names in the API document. `read` returns the token of the request. `refuse` makes the response to a wrong
    token from an error code.
    """

    kind: str
    schemes: tuple[str, ...]
    read: Callable[[], str | None]
    refuse: Callable[[str], Response]


class Blueprint(UnitOfWork, flask_smorest.Blueprint):
    """A blueprint in which each operation is either guarded or public."""

    ARGUMENTS_PARSER = ArgumentsParser()
    # 412 and 428 are about If-Match, 304 about If-None-Match.
    is_conditional = True

    def guard(
        self,
        *permissions: Permission,
        before_password_change: bool = False,
        people_only: bool | None = None,
        credential: Credential | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Require a signed-in actor with a grant that holds all `permissions`. Place it outermost.

        The view gets an actor who has only these grants. Without permissions any signed-in actor is accepted. An actor who must
        change a one-time password is refused, except with `before_password_change`.

        Args:
            people_only: Service accounts are refused. None: they are refused if the operation requires no permission, as such
                operations are about the caller's own sessions, devices and work.
            credential: Only tokens of this kind are accepted. Undeclared parameters are ignored, because the third-party app
                decides which ones to send.
        """
        refuses_services = not permissions if people_only is None else people_only

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            def answer(*args: Any, **kwargs: Any) -> Any:
                if credential is None:
                    actor = authenticated_actor()
                    quotas.charge(str(actor.id))
                    if refuses_services and actor.kind is ActorKind.SERVICE:
                        raise Forbidden("people_only")
                    _refuse_undeclared(wrapper)
                else:
                    try:
                        actor = g.actor = _actor_with(credential)
                    except Unauthenticated as error:
                        quotas.charge_address()
                        return credential.refuse(error.code)
                    quotas.charge(str(actor.id))
                if actor.must_change_password and not before_password_change:
                    raise Forbidden("password_change_required")
                g.actor = _with_grants_for(actor, permissions)
                return view(*args, **kwargs)

            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                handover = request.environ.get(HANDOVER)
                quotas.admit(wrapper, handover and handover.standing)
                if handover is not None and handover.actor is not None:
                    g.actor = handover.actor
                return answer_caller(view, partial(answer, *args, **kwargs))

            doc = dict(getattr(wrapper, "_apidoc", {}))
            doc["guard"] = [p.value for p in permissions]
            doc["operation"] = view.__name__
            is_for_services = not refuses_services and set(permissions) <= ROLE_PERMISSIONS[Role.SERVICE]
            schemes = ("bearer", *(SERVICE_SCHEMES if is_for_services else ()))
            doc["schemes"] = schemes if credential is None else credential.schemes
            wrapper._apidoc = doc  # type: ignore[attr-defined]
            wrapper.guarded_by = permissions  # type: ignore[attr-defined]
            return wrapper

        return decorator

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """Declare the arguments of a view as flask-smorest does, with a single schema instance.

        The API document marks the body as required if the schema refuses an empty one.
        """
        instance = schema() if isinstance(schema, type) else schema
        location = kwargs.get("location", "json")
        instance.reads_text = location == "query"
        kwargs.setdefault("required", bool(instance.validate({})))
        documented = super().arguments(instance, **kwargs)
        return without_layers.arguments(documented, instance, location, self.ARGUMENTS_PARSER)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        """Declare the response of a view as flask-smorest does, which serialises whatever is not a response already."""
        return without_layers.response(super().response(*args, **kwargs))

    def alt_response(self, *args: Any, **kwargs: Any) -> Any:
        """Document another response of a view as flask-smorest does."""
        return without_layers.documentation(super().alt_response(*args, **kwargs))

    def doc(self, **kwargs: Any) -> Any:
        """Add to the document of a view as flask-smorest does."""
        return without_layers.documentation(super().doc(**kwargs))

    def patch_arguments(
        self,
        schema: type[Schema],
        *,
        answer: type[Schema],
        read: Callable[..., Any],
        derived: Sequence[str] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the body of a PATCH, which may be the response of GET with members changed.

        `app.http.read_back` describes such bodies.

        Args:
            answer: Schema of the response of GET.
            read: Returns this response and its version; called with a session, the actor and the parameters of the path.
            derived: Members of the response that change without its version; they are not compared.
        """
        arguments = self.arguments(read_back.editable(schema, answer, derived))

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            wrapper = read_back.with_reader(arguments(view), read, authenticated_actor)
            wrapper._apidoc = dict(wrapper._apidoc) | {"read_back": True}  # type: ignore[attr-defined]
            return wrapper

        return decorator

    def deprecated(
        self, *, since: date, sunset: date, successor: str | None = None, parameter: str | None = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Mark an operation, or only one query parameter of it, as deprecated until `sunset` (UTC).

        Place this decorator above `guard`. `successor`: the path that replaces the operation (`/api/v1/...`).
        """
        return deprecation.deprecated(deprecation.Deprecation(since, sunset, successor, parameter))

    def if_match(self, *, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Pass `expected`, the version in If-Match, to the view. Place it above `writes`.

        `expected` is None if the header is missing or `*`.
        """

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            wrapper = with_expected_version(view, is_required=required)
            self.problem(412, "version_stale")(wrapper)
            return self.problem(428, "if_match_missing")(wrapper) if required else wrapper

        return decorator

    def keyed(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Answer a repeated Idempotency-Key with the first response. Place it below `guard`."""
        wrapper = idempotent_by_key(view)
        wrapper._apidoc = dict(getattr(view, "_apidoc", {})) | {"keyed": True}  # type: ignore[attr-defined]
        for status, code in ((409, "idempotency_in_flight"), (422, "idempotency_key_reused")):
            self.problem(status, code)(wrapper)
        return wrapper

    def problem(self, status: int, *codes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Document that the operation answers errors of `status` with these codes.

        The codes that all operations have are not repeated. Place it below `guard`.
        """

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            doc = dict(getattr(view, "_apidoc", {}))
            others = doc.get("problems", {})
            doc["problems"] = {**others, status: tuple(dict.fromkeys((*others.get(status, ()), *codes)))}
            view._apidoc = doc  # type: ignore[attr-defined]
            return view

        return decorator

    def takes(
        self, media: str, description: str, *, required: bool = True
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an unparsed body of type `media`; another type gets 415. Place it below `guard`."""

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                if request.mimetype != media and (required or request.mimetype or request.content_length):
                    raise UnsupportedMediaType
                return view(*args, **kwargs)

            content = {media: {"schema": FILE}}
            body = {"required": required, "description": description, "content": content}
            documented = self.doc(requestBody=body)(wrapper)
            documented.takes = media
            return documented

        return decorator

    def public(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Declare that anyone may call the view without signing in. Place it outermost."""

        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            quotas.charge_address()
            _refuse_undeclared(wrapper)
            return view(*args, **kwargs)

        doc = dict(getattr(wrapper, "_apidoc", {})) | {"guard": None, "operation": view.__name__}
        wrapper._apidoc = doc  # type: ignore[attr-defined]
        wrapper.guarded_by = None  # type: ignore[attr-defined]
        return wrapper

    def takes_bytes(self, limit: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a file as body, up to the bytes of the setting `limit`. Place it above `guard`."""

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                request.max_content_length = getattr(current_app.extensions["settings"], limit)
                return view(*args, **kwargs)

            view.takes = "application/octet-stream"  # type: ignore[attr-defined]
            content = {"application/octet-stream": {"schema": FILE}}
            return self.doc(requestBody={"required": True, "content": content})(wrapper)

        return decorator

    def __init__(self, *args: Any, tag: str, **kwargs: Any) -> None:
        """Make a blueprint; `tag` is its group in the API document (`app.http.groups`)."""
        super().__init__(*args, **kwargs)
        self.tag = tag
        self._prepare_doc_cbks.append(self._prepare_guard_doc)

    def route(self, rule: str, **options: Any) -> Any:
        """Register a route as flask-smorest does, with the blueprint's tag."""
        return super().route(rule, tags=[self.tag], **options)

    def register_views_in_doc(self, api: Any, *args: Any, **names: Any) -> None:
        """Let the API document have the operations as flask-smorest does, once the document is needed."""
        for name, info in (item for methods in self._docs.values() for item in methods.items()):
            if name != "parameters" and "guard" not in info:
                raise RuntimeError(f"route without guard() or public: {info.get('docstring')}")
        api.descriptions.append(partial(super().register_views_in_doc, api, *args, **names))

    def _prepare_guard_doc(self, doc: dict[str, Any], info: dict[str, Any], **_: Any) -> dict[str, Any]:
        permissions = info["guard"]
        doc["operationId"] = operation_id(info["operation"])
        problems = info.get("problems", {})
        manual_doc = info.setdefault("manual_doc", {})
        text = info["docstring"].get("description", "")
        if info.get("read_back"):
            text = f"{text}\n\n{_READ_BACK}".strip()
        manual_doc["description"] = described(text, permissions, problems)
        deprecation.document(doc, info)
        responses = doc.setdefault("responses", {})
        for status in problems:
            responses[str(status)] = f"Problem{status}"
        headers = condition_headers({str(status) for status in responses}) if self.is_conditional else []
        if info.get("keyed"):
            headers.append(KEY_PARAMETER)
        if headers:
            # Lists said by hand take the place of what the arguments have put there; so all of it is said again.
            manual_doc["parameters"] = [*doc.get("parameters", ()), *headers]
        if permissions is None:
            doc["security"] = []
        else:
            doc["security"] = [{scheme: []} for scheme in info["schemes"]]
            doc["x-permissions"] = permissions
            responses.setdefault("401", "UNAUTHORIZED")
            responses.setdefault("403", "FORBIDDEN")
        for status, response in responses.items():
            # Python renames statuses between its versions (422, 413); the document's names are ours.
            if isinstance(response, str) and str(status).isdigit() and int(status) >= 400:
                responses[status] = f"Problem{status}"
        return doc


def operation_id(view: str) -> str:
    """Return the operationId of the view function with this name: `list_incidents` gives `listIncidents`."""
    verb, *words = view.split("_")
    return verb + "".join(word.capitalize() for word in words)


def _refuse_undeclared(view: Any) -> None:
    """Raise an error for query parameters or a body if the operation declares none."""
    declared = view.__dict__.get("declared")
    if declared is None:
        parameters = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
        declared = view.declared = {p["in"] for p in parameters}
    current = request._get_current_object()  # type: ignore[attr-defined]
    unknown = list(current.args) if "query" not in declared and current.query_string else []
    if (
        current.method not in ("GET", "HEAD")
        and "json" not in declared
        and not hasattr(view, "takes")
        and current.data.strip() not in (b"", b"{}")
    ):
        unknown.append("body")
    if unknown:
        faults = [{"field": field, "code": "unknown_field"} for field in sorted(unknown)]
        raise Invalid("validation_failed", extra={"errors": faults})


def _with_grants_for(actor: Actor, permissions: Sequence[Permission]) -> Actor:
    restricted = actor.holding(*permissions)
    if restricted is None:
        missing = next((p for p in permissions if not actor.may(p)), permissions[-1])
        raise Forbidden("permission_missing", permission=missing.value)
    return restricted


def _actor_with(credential: Credential) -> Actor:
    authenticate: AuthenticateToken = current_app.extensions["authenticate_token"]
    return authenticate(credential.kind, credential.read())


__all__ = ["API_KEY_HEADER", "Api", "Blueprint", "Credential", "Schema", "authenticated_actor"]
