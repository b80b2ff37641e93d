"""The Flask application without the work of each request that no view of ours needs.

It has no coroutines, no sessions in cookies, no subdomains, and nobody listens to its signals about requests. Flask looks
for each of them in every request: together a fifth of the Python of a request that reads one row. What Flask promises to views,
hooks and error handlers is unchanged.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Map, MapAdapter, Rule

Hook = Callable[[Response], Response]


class _NoSessions(SessionInterface):
    """The session of every request is one empty session that cannot be changed."""

    def __init__(self) -> None:
        self._session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session

    def is_null_session(self, obj: object) -> bool:
        return True


class _Rule(Rule):
    """A rule that compiles the functions that build its URL when a URL is first built, not when it is added.

    Werkzeug compiles two functions for each rule, which took two thirds of the time to make the application. Flask needs
    them for `url_for`, which the application does not call: links are made by `app.core.links`.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = cache(super()._compile_builder)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compile_now(append_unknown)(rule, **values)

        return build


class Application(Flask):
    """A Flask application for many small requests."""

    session_interface = _NoSessions()
    url_rule_class = _Rule

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By blueprint, in the order of calls. Flask refuses functions that are registered after the first request.
        self._before: dict[str | None, list[Callable[[], Any]]] = {}
        self._after: dict[str | None, list[Hook]] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none of ours is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return the adapter that finds the rule of a request.

        Names of hosts are kept, as most requests come by a few. Requests that ask for a websocket, and empty paths, are left to
        Flask.
        """
        if request is None:
            return None
        environ = request.environ
        path = environ.get("PATH_INFO")
        if not path or "HTTP_UPGRADE" in environ:
            return super().create_url_adapter(request)
        request.host, server_name = _names(
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST"),
            environ.get("SERVER_NAME"),
            environ.get("SERVER_PORT"),
        )
        return MapAdapter(
            self.url_map,
            server_name,
            request.root_path,
            "",
            request.scheme,
            request.path,
            request.method,
            request.query_string.decode(errors="replace"),
        )

    def full_dispatch_request(self) -> Response:
        """Answer a request as Flask does, without its signals."""
        self._got_first_request = True
        try:
            result = self.preprocess_request()
            if result is None:
                result = self.dispatch_request()
        except Exception as error:  # Flask gives it to the error handlers, and raises what they do not take
            result = self.handle_user_exception(error)
        return self.finalize_request(result)

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        """Call the functions after a request as Flask does, without its signal."""
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("Request finalizing failed with an error while handling an error")
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Call the functions at the end of a request as Flask does, without its signal."""
        for name in (*request_ctx.request.blueprints, None):
            for function in reversed(self.teardown_request_funcs.get(name, ())):
                function(exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Call the functions at the end of a context as Flask does, without its signal."""
        for function in reversed(self.teardown_appcontext_funcs):
            function(exc)

    def preprocess_request(self) -> Any:
        """Call the functions to be called before a request, as Flask does."""
        blueprint = request_ctx.request.blueprint
        functions = self._before.get(blueprint)
        if functions is None:
            names = (None, *reversed(_blueprints(blueprint)))
            functions = [f for name in names for f in self.before_request_funcs.get(name, ())]
            self._before[blueprint] = functions
        for function in functions:
            response = function()
            if response is not None:
                return response
        return None

    def process_response(self, response: Response) -> Response:
        """Call the functions to be called after a request, as Flask does."""
        context: RequestContext = request_ctx._get_current_object()  # type: ignore[attr-defined]
        own: list[Any] = context._after_request_functions
        for function in own:
            response = function(response)
        blueprint = context.request.blueprint
        functions = self._after.get(blueprint)
        if functions is None:
            registered: Any = self.after_request_funcs
            names = (*_blueprints(blueprint), None)
            functions = [f for name in names for f in reversed(registered.get(name, ()))]
            self._after[blueprint] = functions
        for function in functions:
            response = function(response)
        return response


def _blueprints(name: str | None) -> list[str]:
    """Return the names of a blueprint and of those around it, from the inside."""
    if name is None:
        return []
    parts = name.split(".")
    return [".".join(parts[:number]) for number in range(len(parts), 0, -1)]


_MAP = Map()


@lru_cache(maxsize=1_000)
def _names(scheme: str, host: str | None, server: str | None, port: str | None) -> tuple[str, str]:
    """Return the host of a request, and its form in which rules are matched.

    Raises:
        BadHost: The name is not valid in IDNA.
    """
    named = {"HTTP_HOST": host, "SERVER_NAME": server, "SERVER_PORT": port}
    request = Request(
        {"wsgi.url_scheme": scheme, "REQUEST_METHOD": "GET"}
        | {name: value for name, value in named.items() if value is not None}
    )
    return request.host, _MAP.bind_to_environ(request.environ, subdomain="").server_name
