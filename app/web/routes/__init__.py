"""Routes of built files: the web front ends and the documentation site."""

from app.web.routes import front_ends, site

BLUEPRINTS = (front_ends.blueprint, site.blueprint)
