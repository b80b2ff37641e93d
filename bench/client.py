"""Closed-loop load over HTTP: wrk where it is installed, else processes of our own with one thread a connection."""

import http.client
import json
import multiprocessing
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
NAME = "wrk" if WRK else "bench/client.py"


@dataclass(frozen=True, slots=True)
class Call:
    """One request; with a body it is a POST."""

    path: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Result of a round. Latencies in milliseconds; `bad`: responses other than 2xx and 304, and missing ones."""

    rps: float
    p50: float
    p99: float
    bad: int


def run(
    base: str, calls: Sequence[Call], headers: dict[str, str], *, seconds: float, connections: int
) -> Load:
    return (_wrk if WRK else _python_client)(base, calls, headers, seconds, connections)


# Every thread begins at another call. A body travels on its own line, as JSON text without line ends.
_LUA = """
local calls, i = {}, 0
function init(args)
  local headers = {}
  for line in io.lines(args[1]) do
    local name, value = line:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  for line in io.lines(args[2]) do
    local path, body = line:match("^([^\\t]+)\\t(.*)$")
    if body ~= "" then headers["Content-Type"] = "application/json" end
    calls[#calls + 1] = wrk.format(body ~= "" and "POST" or "GET", path, headers, body ~= "" and body or nil)
  end
  math.randomseed(os.time())
  i = math.random(#calls)
end
function request() i = i % #calls + 1; return calls[i] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"rps": %f, "p50": %f, "p99": %f, "bad": %d}\\n',
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end
"""


def _wrk(base: str, calls: Sequence[Call], headers: dict[str, str], seconds: float, connections: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        folder_path = Path(folder)
        (folder_path / "load.lua").write_text(_LUA)
        (folder_path / "headers").write_text("".join(f"{name}: {value}\n" for name, value in headers.items()))
        (folder_path / "calls").write_text("".join(f"{call.path}\t{call.body or ''}\n" for call in calls))
        command = [str(WRK), "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "--timeout", "30s"]
        command += [
            "-s",
            str(folder_path / "load.lua"),
            base,
            "--",
            str(folder_path / "headers"),
            str(folder_path / "calls"),
        ]
        process = subprocess.run(command, check=True, capture_output=True, text=True)
    output = process.stdout.partition("RESULT ")[2]
    return Load(**json.loads(output.splitlines()[0]))


def _python_client(
    base: str, calls: Sequence[Call], headers: dict[str, str], seconds: float, connections: int
) -> Load:
    processes = min(2, connections)
    context = multiprocessing.get_context("fork")
    with context.Pool(processes) as pool:
        first_numbers = [n * connections // processes for n in range(processes + 1)]
        jobs = [
            (base, list(calls), headers, seconds, next_first - first, first)
            for first, next_first in pairwise(first_numbers)
        ]
        parts = pool.starmap(_process, jobs)
    times = sorted(t for durations, _ in parts for t in durations)
    bad = sum(failed for _, failed in parts)
    if len(times) < 2:
        return Load(0, 0, 0, bad or 1)
    return Load(len(times) / seconds, statistics.median(times), times[int(len(times) * 0.99)], bad)


def _process(
    base: str, calls: list[Call], headers: dict[str, str], seconds: float, connections: int, first: int
) -> tuple[list[float], int]:
    times: list[float] = []
    failed: list[int] = []
    until = time.perf_counter() + seconds

    def connection(number: int) -> None:
        address = urlsplit(base)
        http_connection = http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=30
        )
        call_number = number * 7
        while (started_at := time.perf_counter()) < until:
            call = calls[call_number % len(calls)]
            call_number += 1
            request_headers = headers | ({"Content-Type": "application/json"} if call.body else {})
            body = call.body.encode() if call.body else None
            http_connection.request("POST" if call.body else "GET", call.path, body, request_headers)
            response = http_connection.getresponse()
            response.read()
            times.append((time.perf_counter() - started_at) * 1000)
            if not (200 <= response.status < 300 or response.status == 304):
                failed.append(response.status)

    threads = [threading.Thread(target=connection, args=(first + n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(failed)
