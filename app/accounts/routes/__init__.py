"""Routes of accounts."""

from app.accounts.routes import accounts, audit, auth, browser, me, tokens

BLUEPRINTS = (auth.blp, browser.blp, me.blp, tokens.blp, accounts.blp, audit.blp)
