"""The client of FixMyStreet as it behaves on the wire: it reads XML only, and sends forms.

Written from what `perllib/Open311.pm` does. XML is read as XML::Simple reads it there: an element without content is
nothing, and the items of known lists are always lists.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from app.open311.rules.documents import instant

LISTS = {"service", "attribute", "value", "request", "error", "request_update", "group"}
GROUPS = {"attributes": "attribute", "values": "value", "groups": "group"}


def simple(element: ET.Element) -> Any:
    """Return what XML::Simple makes of an element."""
    if not len(element):
        return element.text or None
    content: dict[str, Any] = {}
    for child in element:
        value = simple(child)
        if child.tag in GROUPS and isinstance(value, dict):
            value = value[GROUPS[child.tag]]
        if child.tag in LISTS:
            content.setdefault(child.tag, []).append(value)
        else:
            content[child.tag] = value
    return content


@dataclass
class FixMyStreet:
    """One body of FixMyStreet that sends its reports to an endpoint.

    Attributes:
        client: Sends requests: the one of tests (`live.processes.Client`, or of Flask).
        error: What was wrong with the last request.
    """

    client: Any
    jurisdiction: str
    api_key: str
    error: str = ""

    def services(self) -> list[dict[str, Any]]:
        """Return the services, as the script that fills in the categories reads them."""
        services: list[dict[str, Any]] = self._get("services.xml")["service"]
        for service in services:
            if (service["metadata"] or "").lower() == "true":
                definition = self._get(f"services/{service['service_code']}.xml")
                service["fields"] = sorted(definition["attributes"], key=lambda field: int(field["order"]))
        return services

    def send_report(self, report: dict[str, Any]) -> str | None:
        """Send a report; return its id, also if the answer has a token."""
        answer = self._post("requests.xml", self._report_form(report))
        if answer is None:
            return None
        [request] = answer["request"]
        if request.get("service_request_id"):
            request_id: str = request["service_request_id"]
            return request_id
        result = self._get(f"tokens/{request['token']}.xml")
        token_id: str = result["request"][0]["service_request_id"]
        return token_id

    def _report_form(self, report: dict[str, Any]) -> dict[str, Any]:
        words = f"{report['title']}\n\n{report['detail']}\n\n{report['url']}\n"
        first, _, last = report["name"].partition(" ")
        form = {
            "description": words,
            "service_code": report["service_code"],
            "first_name": first,
            "last_name": last,
            "email": report["email"],
            "lat": f"{report['latitude']:.6f}",
            "long": f"{report['longitude']:.6f}",
        }
        form |= {f"attribute[{code}]": value for code, value in report.get("extra", {}).items()}
        return form

    def updates(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return the updates of a range; those that FixMyStreet would leave out are left out."""
        args = {"api_key": self.api_key, "start_date": instant(start), "end_date": instant(end)}
        answer = self._get("servicerequestupdates.xml", **args) or {}
        return [
            each
            for each in answer.get("request_update", [])
            if each["service_request_id"]
            and args["start_date"] <= each["updated_datetime"] <= args["end_date"]
        ]

    def send_update(self, comment: dict[str, Any]) -> str | None:
        """Send a comment of somebody on a report; return the id of the update."""
        form = {
            "updated_datetime": instant(comment["at"]),
            "service_request_id": comment["external_id"],
            "status": comment.get("status", "OPEN"),
            "description": comment["text"],
            "last_name": "-",
            "first_name": "Wei",
            "email": "wu@home.example",
            "update_id": str(comment["id"]),
        }
        answer = self._post("servicerequestupdates.xml", form)
        if answer is None:
            return None
        update_id: str = answer["request_update"][0]["update_id"]
        return update_id

    def _get(self, path: str, **args: str) -> Any:
        query = urlencode(args | {"jurisdiction_id": self.jurisdiction})
        answer = self.client.get(f"/open311/v2/{path}?{query}")
        assert answer.status_code == 200, answer.data
        return simple(ET.fromstring(answer.data))

    def _post(self, path: str, form: dict[str, Any]) -> Any:
        body = urlencode(form | {"jurisdiction_id": self.jurisdiction, "api_key": self.api_key}).encode()
        answer = self.client.post(
            f"/open311/v2/{path}",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        document = simple(ET.fromstring(answer.data))
        if answer.status_code >= 300:
            faults = [f"{error['code']}: {error['description']}" for error in document["error"]]
            self.error = "\n".join(faults)
            return None
        return document
