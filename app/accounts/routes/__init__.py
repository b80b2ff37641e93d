"""Doors of accounts."""

from app.accounts.routes import accounts, audit, auth, me

BLUEPRINTS = (auth.blp, me.blp, accounts.blp, audit.blp)
