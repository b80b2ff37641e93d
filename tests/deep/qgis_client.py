"""What a person does in QGIS, run by the Python that QGIS is installed for: `python3 qgis_client.py URL TOKEN`; says JSON."""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
)


def layer(url: str, token: str, name: str, options: str = "") -> QgsVectorLayer:
    uri = f"url='{url}' typename='{name}' username='me' password='{token}' pagingEnabled='true' {options}"
    return QgsVectorLayer(uri, name, "OAPIF")


def main(url: str, token: str, code: str, lon: str, lat: str) -> dict:
    application = QgsApplication([], False)
    application.initQgis()
    result: dict = {}
    things = layer(url, token, "components")
    result["is_valid"] = things.isValid()
    result["error"] = things.error().summary()
    result["fields"] = {field.name(): field.typeName() for field in things.fields()}
    result["count"] = len({feature["code"] for feature in things.getFeatures()})
    result["filtered"] = filtered(things, "\"state\" = 'damaged' AND \"code\" LIKE '3301060101%'")
    result["dated"] = filtered(things, "\"installed_on\" > '2020-01-20'")
    x, y = float(lon), float(lat)
    near = QgsFeatureRequest().setFilterRect(QgsRectangle(x - 5e-5, y - 5e-5, x + 5e-5, y + 5e-5))
    things.setSubsetString("")
    result["near"] = sum(1 for _ in things.getFeatures(near))
    grids = layer(url, token, "grids")
    result["grids"] = sum(1 for _ in grids.getFeatures())
    result["wkb"] = [things.wkbType(), grids.wkbType()]
    print(json.dumps(result), file=sys.stderr)
    result["edits"] = edits(layer(url, token, "components"), code, x, y)
    return result


def filtered(things: QgsVectorLayer, text: str) -> int:
    assert things.setSubsetString(text), text
    return sum(1 for _ in things.getFeatures())


def edits(things: QgsVectorLayer, code: str, x: float, y: float) -> list:
    """Add, change, move and take away one feature, each committed by itself."""
    done: list = []
    made = QgsFeature(things.fields())
    made.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
    made["code"], made["name_zh"] = code, "灯"

    def commit(what: str, act) -> None:
        assert things.startEditing()
        act()
        ok = things.commitChanges()
        print(what, ok, things.commitErrors(), file=sys.stderr)
        done.append([what, ok, [] if ok else things.commitErrors()])
        if not ok:
            things.rollBack()

    def mine() -> QgsFeature:
        return next((f for f in things.getFeatures() if f["code"] == code), QgsFeature(things.fields()))

    commit("add", lambda: things.addFeature(made))
    if not done[0][1]:
        return done
    note = things.fields().indexOf("note")
    commit("change", lambda: things.changeAttributeValue(mine().id(), note, "changed"))
    moved = QgsGeometry.fromPointXY(QgsPointXY(x + 0.0001, y))
    commit("move", lambda: things.changeGeometry(mine().id(), moved))
    done.append(["note", mine()["note"], round(mine().geometry().asPoint().x() - x, 6)])
    commit("take away", lambda: things.deleteFeature(mine().id()))
    return done


print(json.dumps(main(*sys.argv[1:])), flush=True)
os._exit(0)  # its own end brings it down now and then
