"""The least a Flask application can do: constant bytes, and one case by its id, with no sign-in and no checks."""

import os
import threading

import psycopg
from flask import Flask, Response

app = Flask("bare", static_folder=None)
_local = threading.local()

ITEM = """
  select json_build_object('id', id, 'case_no', case_no, 'status', status, 'category', category, 'priority', priority,
    'location', ST_AsGeoJSON(location, 7)::json, 'grid_id', grid_id, 'reported_at', reported_at)::text
  from incident where id = %s
"""


def connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0)
    pooled: psycopg.Connection = _local.connection
    return pooled


@app.get("/constant")
def constant() -> Response:
    return Response(b"{}", mimetype="application/json")


@app.get("/item/<uuid:incident_id>")
def item(incident_id: object) -> Response:
    row = connection().execute(ITEM, (incident_id,), binary=True).fetchone()
    return Response(row[0] if row else b"{}", 200 if row else 404, mimetype="application/json")
