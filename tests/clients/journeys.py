"""What each generated client does against a running server, and what it must read back."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories import PASSWORD, City, Person
from tests.live.processes import Server

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "clients.md"
DESCRIPTION = "垃圾堆积 beside the road"


@dataclass
class Journey:
    """The people of one case, in a city of their own: so all lists are known."""

    server: Server
    city: City
    people: dict[str, Person]

    @classmethod
    def in_city(cls, server: Server, city: City) -> "Journey":
        people = {
            "reporter": city.worker("g3", name="刘洋"),
            "worker": city.worker("g1", name="王芳"),
            "checker": city.worker("g2", name="陈刚"),
            "supervisor": city.supervisor("d"),
        }
        return cls(server, city, people)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def example(self, language: str) -> str:
        """Return the program that docs/explanation/clients.md shows for a language, for this server and its supervisor."""
        block = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S)
        assert block, f"docs/explanation/clients.md has no example in {language}"
        program = block[1]
        for shown, real in {
            "https://city.example": self.url,
            "demo-supervisor": self.people["supervisor"].username,
            '"..."': f'"{PASSWORD}"',
        }.items():
            assert shown in program
            program = program.replace(shown, real)
        return program

    def listed(self) -> list[str]:
        """Return the lines that an example prints."""
        items = self.people["supervisor"].get("/incidents").json["items"]
        return [f"{case['case_no']} {case['status']}" for case in items]

    def run(self, command: list[str | Path], env: dict[str, str]) -> dict[str, Any]:
        """Run the program of a client, and return what it read back."""
        given = {
            "server": self.url,
            "usernames": {role: person.username for role, person in self.people.items()},
            "password": PASSWORD,
            **self.city.in_grid("g1"),
            "category": "E0102",
            "description": DESCRIPTION,
        }
        outcome: dict[str, Any] = json.loads(run_program(command, env, json.dumps(given)))
        return outcome

    def expected(self) -> dict[str, Any]:
        """Return what a client reads that loses nothing. The ids come from the server, without any client."""
        supervisor = self.people["supervisor"]
        (case,) = supervisor.get("/incidents").json["items"]
        areas = [feature["properties"]["code"] for feature in supervisor.get("/areas").json["features"]]
        assert sorted(areas) == sorted(f"{self.city.code}-{name}" for name in self.city.areas)
        events = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
        return {
            "assigned": "王芳",
            "listed": [{"id": case["id"], "description": DESCRIPTION}],
            "statuses": ["dispatched", "accepted", "handling", "checking", "checking", "closed"],
            "events": [event["action"] for event in events],
            "closed": True,
            "refused": "transition_illegal",
            "figures": {"accepted": 1, "closed": 1},
            "members": [case["id"]],
            "areas": areas,
        }


def run_program(command: list[str | Path], env: dict[str, str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
