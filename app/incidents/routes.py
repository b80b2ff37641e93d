"""The list of all blueprints of cases."""

from app.incidents.cases import routes as cases
from app.incidents.deadlines import routes as deadlines
from app.incidents.desk import routes as desk
from app.incidents.dispatching import routes as dispatching
from app.incidents.lifecycle import routes as lifecycle
from app.incidents.reporting import routes as reporting

BLUEPRINTS = (
    *cases.BLUEPRINTS,
    *reporting.BLUEPRINTS,
    *lifecycle.BLUEPRINTS,
    *dispatching.BLUEPRINTS,
    *desk.BLUEPRINTS,
    *deadlines.BLUEPRINTS,
)
