"""`BENCH_ONLY=peers make bench`: the same questions to Gridward, tipg and pygeoapi, and as bare SQL, in interleaved rounds."""

import json
import os
import re
import secrets
import statistics
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg

from app.settings import Settings
from bench import city, client, environment, record
from bench.cached_tiles import fullest, limit_of_tiles
from bench.endpoints import ADMIN, DISTRICT, boxes, cases_of
from bench.peers import servers

FOLDER = Path(__file__).parent
NAME = "peers"
# What every server is asked for; Gridward has more, which a row of its own shows.
PROPERTIES = "case_no,status,category,priority,grid_id,owner_unit_id,reported_at,updated_at,due_at,closed_at"
FILTER = "priority < 3 AND status = 'closed'"
OF_A_TILE = "case_no,status,category,priority,due_at"
OURS, ALL = "Gridward", "Gridward, all it knows"
COLD, COLD_ALL = "Gridward, cold", "Gridward, cold, all it knows"
# Number of tiles by zoom, the fullest of the city. So few that a cache of the usual size holds them: half a megabyte each
# at zoom 14.
TILES = {14: 40, 10: 3}


@dataclass(frozen=True, slots=True)
class Question:
    """One row for each server that is asked; `paths` by server. `same`: all must answer with these features in order.

    `longer`: so many times as long as others, where an answer may take longer than a round. `tiles`: zoom and places of the
    tiles, for the bare statement; other questions name it in `limit`.
    """

    name: str
    username: str
    paths: dict[str, list[str]]
    limit: str
    same: bool = True
    longer: int = 1
    servers: dict[str, str] = field(default_factory=dict)
    tiles: tuple[int, list[tuple[int, int]]] | None = None

    def limit_arguments(self, ids: list[str], folder: Path) -> list[str]:
        """Return pgbench's arguments for the bare statement."""
        if self.tiles is not None:
            return limit_of_tiles(*self.tiles, folder)
        return environment.limit_arguments(self.limit, ids, folder)


def questions(connection: psycopg.Connection) -> list[Question]:
    our_base, tipg, pygeoapi = (
        "/ogc/collections/incidents",
        "/collections/peers.incident",
        "/collections/incident",
    )
    properties = f"&properties={PROPERTIES}"
    all_questions = []
    for name, filter_part in (
        ("page of 100 by bbox", ""),
        ("the same with a CQL2 filter", f"&filter={quote(FILTER)}"),
    ):
        paths = {
            OURS: [f"{our_base}/items?limit=100&bbox={box}{filter_part}{properties}" for box in boxes()],
            ALL: [f"{our_base}/items?limit=100&bbox={box}{filter_part}" for box in boxes()],
            "tipg": [
                f"{tipg}/items?limit=100&bbox={box}{filter_part}&f=geojson{properties}" for box in boxes()
            ],
            "pygeoapi": [f"{pygeoapi}/items?limit=100&bbox={box}{filter_part}&f=json" for box in boxes()],
        }
        all_questions.append(Question(name, DISTRICT, paths, "map_filter" if filter_part else "page"))
    ids = cases_of(connection)
    all_questions.append(
        Question(
            "one item",
            DISTRICT,
            {
                OURS: [f"{our_base}/items/{case_id}" for case_id in ids],
                "tipg": [f"{tipg}/items/{case_id}?f=geojson" for case_id in ids],
                "pygeoapi": [f"{pygeoapi}/items/{case_id}?f=json" for case_id in ids],
            },
            "item",
        )
    )
    all_questions += [
        Question(
            "first page of 100",
            ADMIN,
            {
                OURS: [f"{our_base}/items?limit=100{properties}"],
                "tipg": [f"{tipg}/items?limit=100&f=geojson{properties}"],
                "pygeoapi": [f"{pygeoapi}/items?limit=100&f=json"],
            },
            "map_deep",
        ),
        Question(
            "page 1,000 of 100",
            ADMIN,
            {
                OURS: [],  # found by going on from the page before
                "tipg": [f"{tipg}/items?limit=100&offset=99900&f=geojson{properties}"],
                "pygeoapi": [f"{pygeoapi}/items?limit=100&offset=99900&f=json"],
            },
            "map_deep",
        ),
    ]
    for zoom, number in TILES.items():
        places = [(x, y) for x, y, _ in fullest(connection, zoom, number)]
        all_properties = [f"{our_base}/tiles/WebMercatorQuad/{zoom}/{y}/{x}" for x, y in places]
        own_tiles = [f"{path}?properties={OF_A_TILE}" for path in all_properties]
        tipg_tiles = [
            f"{tipg}/tiles/WebMercatorQuad/{zoom}/{x}/{y}?properties={OF_A_TILE}" for x, y in places
        ]
        paths = {COLD: own_tiles, OURS: own_tiles, COLD_ALL: all_properties, "tipg": tipg_tiles}
        factor = 1 if zoom >= 14 else 8
        all_questions.append(
            Question(
                f"tile of zoom {zoom}", ADMIN, paths, "", same=False, longer=factor, tiles=(zoom, places)
            )
        )
    return all_questions


def _get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _ids(body: bytes) -> list[str]:
    document = json.loads(body)
    return [str(feature["id"]) for feature in document.get("features", [document])]


def _far_page(base: str, headers: dict[str, str], first: str, number: int) -> str:
    """Return the path of our page `number`, found by following links in the largest steps."""
    parts = urlsplit(first)
    query = dict(parse_qsl(parts.query)) | {"limit": "1000"}
    offset = (number - 1) * 100
    path, remaining = f"{parts.path}?{urlencode(query)}", offset
    while remaining:
        status, body = _get(base + path, headers)
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        remaining -= min(remaining, 1_000)
        next_link = urlsplit(
            next(link["href"] for link in json.loads(body)["links"] if link["rel"] == "next")
        )
        path = f"{next_link.path}?{next_link.query}"
        path = re.sub(r"\blimit=\d+", f"limit={min(remaining, 1_000) or 100}", path)
    return path


def check(
    question: Question, bases: dict[str, str], headers: Callable[[str, str], dict[str, str]]
) -> set[str]:
    """Return the servers that give the same answer as the others. Those that fail are reported and left out."""
    expected: list[str] | None = None
    usable = set()
    for name, paths in question.paths.items():
        if name not in bases or not paths:
            continue
        status, body = _get(bases[name] + paths[0], headers(name, question.username))
        if status != 200:
            environment.say(f"{question.name}: {name} answers {status}, and is left out: {body[:200]!r}")
            continue
        ids = _ids(body) if question.same else None
        if ids is not None:
            expected = ids if expected is None else expected
            if ids != expected:
                raise SystemExit(f"{question.name}: {name} gives another page: {ids[:3]} ... {expected[:3]}")
        verdict = f"{len(ids)} features, the same in order" if ids is not None else "a tile"
        environment.say(f"{question.name}: {name}: {verdict}, {len(body):,} bytes")
        usable.add(name)
    return usable


def main() -> None:
    env = os.environ
    seconds, rounds = float(env.get("BENCH_SECONDS", "2")), int(env.get("BENCH_ROUNDS", "3"))
    size = city.Size.of(float(env.get("BENCH_SIZE", "1")))
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(environment.cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = environment.prepare(server, size)
        environment.set_passwords(url, settings, [ADMIN, DISTRICT], password)
        prepare_tables(url, city.fingerprint(size))
        bases = {}
        for name, settings_env in ((OURS, {}), (COLD, {"GRIDWARD_TILE_CACHE_MB": "1"})):
            settings_env |= {"GRIDWARD_STATEMENT_TIMEOUT_MS": "60000"}  # what is slow is to be measured
            bases[name], _ = stack.enter_context(
                environment.served(
                    url,
                    state,
                    "app.server:application",
                    *environment.GRANIAN_OPTIONS,
                    probe="/readyz",
                    env=settings_env,
                )
            )
        bases[ALL], bases[COLD_ALL] = bases[OURS], bases[COLD]
        for name in servers.NAMES:
            try:
                bases[name] = stack.enter_context(
                    servers.started_peer(name, url, environment.free_port(), state)
                ).base
            except servers.Missing as missing:
                environment.say(f"{name} is left out: {missing}")
        tokens = {name: environment.signed_in(bases[OURS], name, password) for name in (ADMIN, DISTRICT)}

        def headers(name: str, username: str) -> dict[str, str]:
            return tokens[username] if name.startswith(OURS) else {}

        with psycopg.connect(url) as connection:
            all_questions = questions(connection)
        first_page, far_page = all_questions[3], all_questions[4]
        far_page.paths[OURS].append(
            _far_page(bases[OURS], headers(OURS, ADMIN), first_page.paths[OURS][0], 1_000)
        )
        servers_by_question = {question.name: check(question, bases, headers) for question in all_questions}
        figures = measure(all_questions, servers_by_question, bases, headers, url, rounds, seconds, state)
    text = table(all_questions, figures)
    print(text)
    note_marked(figures)
    results = FOLDER.parent / "results"
    results.mkdir(exist_ok=True)
    (results / "peers.md").write_text(text)
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "client": client.NAME,
        "cases": size.cases,
        "rounds": rounds,
        "seconds": seconds,
        "figures": figures,
    }
    (results / "peers.json").write_text(json.dumps(facts, indent=1) + "\n")


# Values with marks: key, question, and the two servers whose rates are compared.
MARKED = {
    "map_page_tipg": ("page of 100 by bbox", OURS, "tipg"),
    "map_page_pygeoapi": ("page of 100 by bbox", OURS, "pygeoapi"),
    "map_item_tipg": ("one item", OURS, "tipg"),
    "tile_cold": ("tile of zoom 14", COLD, "bare SQL"),
    "tile_cold_tipg": ("tile of zoom 14", COLD, "tipg"),
    "tile_warm": ("tile of zoom 14", OURS, COLD),
}


def note_marked(figures: dict[str, dict[str, list[Any]]]) -> None:
    """Record the values that have marks; those of a peer that was left out are not measured."""
    for key, (question, above, below) in MARKED.items():
        loads = figures[question]
        pairs = [
            a["rps"] / b["rps"]
            for a, b in zip(loads.get(above, []), loads.get(below, []), strict=False)
            if b["rps"]
        ]
        if pairs:
            rates = {
                name: round(statistics.median(load["rps"] for load in loads[name])) for name in (above, below)
            }
            record.note(key, statistics.median(pairs), per_s=rates)


def prepare_tables(url: str, fingerprint: str) -> None:
    """Create the peers' table once for each loaded city."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'peers'"
        ).fetchone()
        if row and row[0] == fingerprint:
            return
        environment.say("the peers' table")
        connection.execute("drop schema if exists peers cascade")
        connection.execute((FOLDER / "tables.sql").read_text())  # type: ignore[arg-type]
        connection.execute(f"comment on schema peers is '{fingerprint}'")  # type: ignore[arg-type]


def measure(
    all_questions: Sequence[Question],
    servers_by_question: dict[str, set[str]],
    bases: dict[str, str],
    headers: Callable[[str, str], dict[str, str]],
    url: str,
    rounds: int,
    seconds: float,
    state: Path,
) -> dict[str, dict[str, list[Any]]]:
    figures: dict[str, dict[str, list[Any]]] = {question.name: {} for question in all_questions}
    with psycopg.connect(url) as connection:
        ids = cases_of(connection)
    for number in range(-1, rounds):
        environment.say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
        for question in all_questions:
            round_s = (seconds if number >= 0 else 1) * question.longer
            for name, paths in question.paths.items():
                if name not in servers_by_question[question.name]:
                    continue
                calls = [client.Call(path) for path in paths]
                load = client.run(
                    bases[name],
                    calls,
                    headers(name, question.username),
                    seconds=round_s,
                    connections=environment.CONNECTIONS,
                )
                if load.bad and name.startswith(OURS):
                    raise SystemExit(f"{question.name}: {name}: {load.bad} answers were not 2xx")
                if number >= 0:
                    measured_load = {"rps": load.rps, "p50": load.p50, "p99": load.p99, "bad": load.bad}
                    figures[question.name].setdefault(name, []).append(measured_load)
            tps = environment.pgbench(url, question.limit_arguments(ids, state / "limits"), round_s)
            if number >= 0:
                figures[question.name].setdefault("bare SQL", []).append({"rps": tps})
    return figures


def table(all_questions: Sequence[Question], figures: dict[str, dict[str, list[Any]]]) -> str:
    """Medians; ratios are medians of each round's ratio."""
    compared = ("bare SQL", "tipg", "pygeoapi")
    lines = [
        f"| question | server | req/s | p50 ms | p99 ms | {' | '.join(f'/ {name}' for name in compared)} |",
        "|---" * 8 + "|",
    ]
    for question in all_questions:
        loads_by_server = figures[question.name]
        for name, loads in loads_by_server.items():
            cells = [question.name, name, f"{statistics.median(load['rps'] for load in loads):.1f}"]
            for key in ("p50", "p99"):
                cells.append(f"{statistics.median(x[key] for x in loads):.1f}" if key in loads[0] else "")
            for compared_name in compared:
                pairs = [
                    a["rps"] / b["rps"]
                    for a, b in zip(loads, loads_by_server.get(compared_name, []), strict=False)
                    if b["rps"]
                ]
                cells.append(f"{statistics.median(pairs):.2f}" if pairs and compared_name != name else "")
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
