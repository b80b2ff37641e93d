"""Doors of accounts."""

from app.accounts.routes import auth, me

BLUEPRINTS = (auth.blp, me.blp)
