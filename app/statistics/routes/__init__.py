"""Routes of figures and the evaluation."""

from app.statistics.routes import evaluation, figures

BLUEPRINTS = (figures.blp, evaluation.blp)
