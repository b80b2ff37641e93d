# Gridward without its database: URLs must point to a PostgreSQL with PostGIS (see compose.yaml).
FROM node:22-slim AS web
WORKDIR /srv/gridward/web
COPY openapi ../openapi
COPY web .
RUN npm ci --ignore-scripts && node build.mjs dist

FROM python:3.13-slim-trixie AS docs
WORKDIR /srv/gridward
COPY requirements-docs.lock ./
COPY bin bin
COPY docs docs
RUN PYTHON=python3 bin/docs

FROM python:3.13-slim-trixie AS build
WORKDIR /srv/gridward
COPY requirements.lock ./
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
COPY --from=web /srv/gridward/web/dist web/dist
COPY --from=docs /srv/gridward/build/docs build/docs
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps -e . \
 && .venv/bin/python -m compileall -q app

FROM python:3.13-slim-trixie
# Uploads, the signing key and metrics. The code belongs to root: the server cannot change it.
ENV GRIDWARD_STATE_DIR=/var/lib/gridward \
    GRIDWARD_DEMO=0 \
    GRIDWARD_LOG_FORMAT=json \
    HOST=0.0.0.0 \
    PORT=8000 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 gridward \
 && useradd --system --uid 10001 --gid 10001 --home-dir "$GRIDWARD_STATE_DIR" --create-home gridward
COPY --from=build /srv/gridward /srv/gridward
WORKDIR /srv/gridward
USER 10001:10001
VOLUME /var/lib/gridward
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD [".venv/bin/python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/readyz', timeout=4)"]
# It ends within 27 s of the signal: /readyz says 503, running requests and jobs end.
STOPSIGNAL SIGTERM
CMD ["bin/run"]
