"""Asking for exports and reading what came of them, for tests."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import openpyxl
import pytest

from app.core import clock, db
from app.exchange import service as exchange
from app.media import service as media

FORMATS = ("geojson", "csv", "xlsx", "gpkg", "fgb", "shp")


@pytest.fixture
def store(settings):
    return media.open_store(settings)


@contextmanager
def changed(app, **settings):
    """Other settings for a while."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, **settings)
    try:
        yield
    finally:
        app.extensions["settings"] = before


def few_homes(app, number):
    return changed(app, export_homes_alone=number)


@pytest.fixture
def work(store, settings):
    """Do what the job worker does."""

    def run(now=None, **changed):
        return exchange.run_exports_due(
            db.transaction, store, replace(settings, **changed), now or clock.now()
        )

    return run


@pytest.fixture
def export(work):
    """Ask for an export, let it be written, fetch it: the answer with the file."""

    def ask(person, collection, format, **query):
        response = person.post("/exports", {"collection": collection, "format": format, "query": query})
        assert response.status_code == 202, response.json
        assert response.headers["Location"] == f"/api/v1/exports/{response.json['id']}"
        work()
        run = person.get(f"/exports/{response.json['id']}").json
        assert run["state"] == "done", run
        answer = person.get(f"/exports/{run['id']}/file")
        assert answer.status_code == 200, answer.text
        assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (run["size"], run["sha256"])
        return answer

    return ask


def ogrinfo(path, *arguments):
    result = subprocess.run(
        ["ogrinfo", "-json", "-features", *arguments, str(path)], capture_output=True, text=True
    )
    if "Unknown option name '-json'" in result.stderr:
        pytest.skip("ogrinfo tells JSON since GDAL 3.7")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["layers"][0]


def rows_of(answer, format, tmp_path):
    """What stands in a file, as the programs of others read it: a dict by id, with `place`."""
    if format == "geojson":
        collection = json.loads(answer.data)
        return {
            f["id"]: f["properties"] | {"place": f["geometry"]["coordinates"]} for f in collection["features"]
        }
    if format in ("csv", "xlsx"):
        if format == "csv":
            lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        else:
            book = openpyxl.load_workbook(io.BytesIO(answer.data))
            lines = [list(cells) for cells in book.worksheets[0].values]
        header = lines[0]
        made = [dict(zip(header, cells, strict=True)) for cells in lines[1:]]
        return {
            entry["id"]: {
                k: v if v != "" else None for k, v in entry.items() if k not in ("id", "lon", "lat")
            }
            | {"place": [float(entry["lon"]), float(entry["lat"])]}
            for entry in made
        }
    path = tmp_path / f"file.{format if format != 'shp' else 'zip'}"
    path.write_bytes(answer.data)
    if format == "shp":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
            (path,) = tmp_path.glob("*.shp")
    layer = ogrinfo(path)
    return {
        f["properties"]["id"]: {k: v for k, v in f["properties"].items() if k != "id"}
        | {"place": f["geometry"]["coordinates"]}
        for f in layer["features"]
    }


def ask(person, collection="components", format="geojson", purpose=None, **query):
    body = {"collection": collection, "format": format, "query": query}
    return person.post("/exports", body | ({"purpose": purpose} if purpose else {}))


def take_in(person, city, file, name, **options):
    query = urlencode({"name": name, "jurisdiction": city.code, **options}, doseq=True)
    headers = {"Content-Type": "application/octet-stream"}
    answer = person.call("POST", f"/imports?kind=households&{query}", data=file, headers=headers)
    if answer.status_code == 202:
        exchange.run_imports_due(db.transaction, clock.now(), errors_kept=timedelta(days=1))
        answer = person.get(f"/imports/{answer.json['id']}")
    assert answer.status_code == 200, answer.json
    return answer.json
