"""Doors of accounts."""

from app.accounts.routes import accounts, audit, auth, me, tokens

BLUEPRINTS = (auth.blp, me.blp, tokens.blp, accounts.blp, audit.blp)
