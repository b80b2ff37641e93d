"""Routes of the register of premises, households and residents."""

from app.households.routes import households, people, premises

BLUEPRINTS = (
    premises.blp,
    households.blp,
    people.residents,
    people.care_tags,
    people.consents,
    people.visits,
)
