"""For every operation of /api/v1: how to call it so that it can succeed, with real rows of a real city.

`world` holds the two cities and the table; the other modules hold the builders, by subject. Importing this package
registers all builders.
"""

from tests.endpoints import (
    accounts,
    alerts,
    areas,
    components,
    dispatch,
    exchange,
    figures,
    households,
    incidents,
    media,
    messages,
    notices,
    places,
    planning,
    positions,
    public,
    service_accounts,
    supervision,
    sync,
    webhooks,
    workforce,
)
from tests.endpoints.areas import square
from tests.endpoints.components import component_number
from tests.endpoints.households import care_tag, flat
from tests.endpoints.supervision import new_signal, oversized_grid_finding, publish_grid_limit
from tests.endpoints.world import (
    ENDPOINTS,
    NEED_A_CITY,
    OWN_REQUEST,
    ROLES,
    Request,
    World,
    send,
    time_ago,
)

__all__ = [
    "ENDPOINTS",
    "NEED_A_CITY",
    "OWN_REQUEST",
    "ROLES",
    "Request",
    "World",
    "accounts",
    "alerts",
    "areas",
    "care_tag",
    "component_number",
    "components",
    "dispatch",
    "exchange",
    "figures",
    "flat",
    "households",
    "incidents",
    "media",
    "messages",
    "new_signal",
    "notices",
    "oversized_grid_finding",
    "places",
    "planning",
    "positions",
    "public",
    "publish_grid_limit",
    "send",
    "service_accounts",
    "square",
    "supervision",
    "sync",
    "time_ago",
    "webhooks",
    "workforce",
]
