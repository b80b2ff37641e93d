"""Import of all models, so that migrations and the catalogue test know every table."""

from app.accounts import models as accounts
from app.alerts import models as alerts
from app.areas import models as areas
from app.components import models as components
from app.core import changes, history, idempotency
from app.dispatch import models as dispatch
from app.exchange import models as exchange
from app.grids import models as grids
from app.households import models as households
from app.incidents import models as incidents
from app.media import models as media
from app.messages import models as messages
from app.ogc import models as ogc
from app.places import models as places
from app.planning import models as planning
from app.profiles import models as profiles
from app.public import models as public
from app.signals import models as signals
from app.sms import models as sms
from app.statistics import models as statistics
from app.sync import models as sync
from app.workforce import models as workforce

__all__ = [
    "accounts",
    "alerts",
    "areas",
    "changes",
    "components",
    "dispatch",
    "exchange",
    "grids",
    "history",
    "households",
    "idempotency",
    "incidents",
    "media",
    "messages",
    "ogc",
    "places",
    "planning",
    "profiles",
    "public",
    "signals",
    "sms",
    "statistics",
    "sync",
    "workforce",
]
