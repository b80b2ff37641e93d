"""Factory of the Flask application: settings, database, API, errors and blueprints, in this order.

It is the only module that imports routes.
"""

from flask import Flask

from app.accounts import routes as accounts
from app.accounts import service as accounts_service
from app.alerts import routes as alerts
from app.areas import routes as areas
from app.boards import routes as boards
from app.components import routes as components
from app.core import db, logins
from app.core.erasures import Ledger
from app.core.quotas import Quotas, parse_quotas
from app.core.release import VERSION
from app.demo import sign_ins
from app.evidence import routes as evidence
from app.exchange import routes as exchange
from app.grids import routes as grids
from app.handover import routes as handover
from app.households import routes as households
from app.households import service as households_service
from app.http import content_coding, docs, docs_page, errors, groups, observe, probes, start_page
from app.http import quotas as request_quotas
from app.http.application import Application
from app.http.cors import Cors
from app.http.direct_reads import DirectReads
from app.http.forwarded import ForwardedMiddleware
from app.http.smorest import Api
from app.http.variants import VariantsPlugin
from app.incidents import routes as incidents
from app.incidents import service as incidents_service
from app.integrity import service as integrity
from app.media import routes as media
from app.media import service as media_service
from app.messages import routes as messages
from app.notices import routes as notices
from app.notices import service as notices_service
from app.ogc import routes as ogc
from app.ogc.service.tiles import Cache as TileCache
from app.open311 import routes as open311
from app.places import routes as places
from app.planning import routes as planning
from app.profiles import routes as profiles
from app.profiles.rules.json_schema import json_schema
from app.public import routes as public
from app.rights import routes as rights
from app.settings import Settings
from app.signals import routes as signals
from app.sms import routes as sms
from app.statistics import routes as statistics
from app.sync import routes as sync
from app.web import routes as web
from app.webhooks import routes as webhooks
from app.workforce import routes as workforce

BLUEPRINTS = (
    *accounts.BLUEPRINTS,
    *alerts.BLUEPRINTS,
    *workforce.BLUEPRINTS,
    *areas.BLUEPRINTS,
    *profiles.BLUEPRINTS,
    *components.BLUEPRINTS,
    *households.BLUEPRINTS,
    *places.BLUEPRINTS,
    *grids.BLUEPRINTS,
    *handover.BLUEPRINTS,
    *incidents.BLUEPRINTS,
    *public.BLUEPRINTS,
    *notices.BLUEPRINTS,
    *media.BLUEPRINTS,
    *messages.BLUEPRINTS,
    *planning.BLUEPRINTS,
    *boards.BLUEPRINTS,
    *statistics.BLUEPRINTS,
    *signals.BLUEPRINTS,
    *evidence.BLUEPRINTS,
    *sms.BLUEPRINTS,
    *sync.BLUEPRINTS,
    *webhooks.BLUEPRINTS,
    *exchange.BLUEPRINTS,
    *rights.BLUEPRINTS,
)


def create_app(settings: Settings) -> Flask:
    """Create the WSGI application, and connect the process to its database.

    A process creates only one application.
    """
    app = Application("gridward", static_folder=None)
    app.config.update(
        API_TITLE="Gridward",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=settings.body_limit_bytes,
        MAX_FORM_MEMORY_SIZE=settings.body_limit_bytes,
        API_SPEC_OPTIONS={
            "info": start_page.INFO,
            "tags": groups.tags(),
            "security": [{"bearer": []}],
            "servers": [{"url": "/"}],
        },
    )
    app.url_map.strict_slashes = False
    db.configure(
        logins.url_of(settings, logins.APP),
        pool_size=settings.threads_per_worker,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    app.wsgi_app = ForwardedMiddleware(  # type: ignore[method-assign]
        DirectReads(app, observe.SecurityHeaders(app.wsgi_app)),
        trusted=settings.trusted_proxies,
        prefix=settings.path_prefix,
        public_url=settings.public_url,
    )
    app.extensions["settings"] = settings
    app.extensions["erasure_ledger"] = Ledger(settings.erasure_ledger)
    app.extensions["authenticate"] = accounts_service.authenticator(settings)
    app.extensions["remember"] = accounts_service.rememberer(settings)
    app.extensions["authenticate_token"] = accounts_service.token_authenticator()
    quotas = parse_quotas(settings.quotas)
    request_quotas.register(
        app,
        None if quotas is None else Quotas(quotas, processes=settings.workers),
        accounts_service.identifier(settings),
    )
    app.extensions["media_store"] = media_service.open_store(settings)
    app.extensions["media_records"] = media_service.Records(
        {
            "incident_id": incidents_service.MediaOfCases(),
            "visit_id": households_service.MediaOfVisits(),
            "notice_id": notices_service.MediaOfNotices(),
        }
    )
    api = Api(app, spec_kwargs={"marshmallow_plugin": VariantsPlugin()})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for name, scheme in (accounts.SECURITY_SCHEMES | workforce.SECURITY_SCHEMES).items():
        api.spec.components.security_scheme(name, scheme)
    sync.register_schemas(api.spec)
    webhooks.describe_webhooks(api.spec)
    cors = app.extensions["cors"] = Cors(settings.cors_origins)
    app.after_request(cors.tell)  # what is registered first comes last
    observe.register(app)
    content_coding.register(app)
    app.before_request(cors.answer)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    # Not in the document of /api/v1: OGC clients read one of their own kind, at /ogc/api.
    app.extensions["ogc_key"] = accounts_service.derived_key(settings.signing_key_file, "pages of features")
    app.extensions["tile_cache"] = TileCache(settings.tile_cache_mb * 1_000_000)
    # The form of /open311 is that of its standard, too.
    for web_blueprint in (
        *ogc.BLUEPRINTS,
        *open311.BLUEPRINTS,
        public.page.blp,
        notices.pages.blp,
        *web.BLUEPRINTS,
    ):
        app.register_blueprint(web_blueprint)
    probes.register(app, measure=integrity.measure, token=settings.metrics_token)
    docs.register(app, api)
    docs.register_schema(app, "profile", json_schema)
    docs_page.register(app, demo=_demo_sign_ins(settings))
    return app


def _demo_sign_ins(settings: Settings) -> docs_page.DemoSignIns | None:
    if not settings.is_demo:
        return None
    titles = {username: sign_ins.TITLES[role] for username, role in sign_ins.ROLES.items()}
    return docs_page.DemoSignIns(titles, sign_ins.public_password(settings))
