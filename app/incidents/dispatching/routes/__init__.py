"""Routes of dispatch: offers, assignments, and explanations of dispatch decisions."""

from app.incidents.dispatching.routes import assignments, explanations

BLUEPRINTS = (explanations.blp, assignments.assignments, assignments.offers)
