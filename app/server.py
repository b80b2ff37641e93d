"""The application that granian serves, behind the RSGI bridge. Settings come from the environment."""

from app.core import logs
from app.core.loading import loading
from app.factory import create_app
from app.http.priorities import Ranking
from app.http.quotas import UNLIMITED
from app.open311.rules.reports import PHOTOS_BYTES_MAX
from app.public.rules.door import PHOTO_FORM_BYTES
from app.rsgi.admission import Admission
from app.rsgi.bridge import Bridge
from app.rsgi.idle_connections import IdleConnections
from app.rsgi.refusals import Refusals
from app.settings import Settings
from app.sync.service.hub import Hub
from app.sync.service.relay import Relay

# Bodies under these paths may be larger than others.
IMPORTS = "/api/v1/imports"
PUSH = "/api/v1/sync/push"
# Forms with photos come here without a token: those of residents, and of portals whose key is in the form.
FORMS = {"/open311/v2/": PHOTOS_BYTES_MAX, "/public/": PHOTO_FORM_BYTES}
# What arrived under this path counts, even if the connection broke off.
UPLOADS = "/api/v1/media/uploads"
# Here anybody can have a password hashed.
SIGN_INS = ("/api/v1/auth/token", "/api/v1/auth/browser/token")

_settings = Settings.from_env()
_large = {IMPORTS: _settings.import_limit_bytes, PUSH: _settings.push_limit_bytes}
logs.configure(_settings.log_level, _settings.log_format)
with loading():
    _app = create_app(_settings)
# Requests find it here; without it, under plain WSGI, they answer what a stream begins with.
_app.extensions["hub"] = _hub = Hub(_settings)
application = Bridge(
    _app,
    admission=Admission(
        threads=_settings.threads_per_worker,
        rank=Ranking(_settings.path_prefix),
        waiting_max=_settings.admission_waiting,
        burst_seconds=_settings.admission_burst_seconds,
        wait_seconds=_settings.admission_wait_seconds,
    ),
    body_limit=_settings.body_limit_bytes,
    stop_notice_seconds=_settings.stop_notice_seconds,
    large={prefix + path: most for prefix in ("", _settings.path_prefix) for path, most in _large.items()},
    forms={prefix + path: most for prefix in ("", _settings.path_prefix) for path, most in FORMS.items()},
    streams=Relay(_settings, _hub),
    spooled={prefix + UPLOADS: _settings.media_limit_bytes for prefix in ("", _settings.path_prefix)},
    spool=_settings.spool_folder(),
    # A stream is idle between two pings.
    idle=IdleConnections(
        _settings.port, max(_settings.connection_idle_seconds, 2 * _settings.stream_ping_seconds)
    ),
    sign_ins=SIGN_INS,
    sign_in_threads=_settings.password_places,
    refusals=Refusals(unlimited=UNLIMITED),
)
