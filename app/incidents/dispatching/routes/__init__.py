"""Routes of incidents.dispatching."""

from app.incidents.dispatching.routes import assignments, explanations

BLUEPRINTS = (explanations.blp, assignments.assignments, assignments.offers)
