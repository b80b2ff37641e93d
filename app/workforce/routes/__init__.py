"""HTTP routes of workers, duty, shifts, positions and calls for help."""

from app.workforce.routes import ingest, ingest_tokens, plans, positions, sheets, sos, substitutes, workers

BLUEPRINTS = (
    workers.blp,
    positions.blp,
    ingest_tokens.blp,
    ingest.blp,
    plans.shifts,
    plans.responsibilities,
    sheets.blp,
    substitutes.blp,
    sos.blp,
)
SECURITY_SCHEMES = ingest.SECURITY_SCHEMES
