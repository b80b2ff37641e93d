"""`python -m bench.webhooks`: webhooks sent a second, beside the guarded client and the bare HTTP client with the same bodies.

BENCH_CALLS messages (5,000) of the bench's city to a receiver in a process of its own, one after another over one
connection that stays open. *webhooks*: claim, rights, the case as the account reads it, signature, request, result stored.
*guarded client*: the same requests by `core/outgoing.py`. *bare*: the same by `http.client`. Rounds as in `bench.run`.
"""

import asyncio
import http.client
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts import service as accounts
from app.core import clock, db, logins
from app.core.actor import SYSTEM, Role
from app.core.outgoing import Allowed, OutgoingClient
from app.settings import Settings
from app.webhooks import service
from app.webhooks.rules import signing
from app.webhooks.service import sending
from bench import city
from bench.environment import cluster, free_port, prepare, say

CALLS = int(os.environ.get("BENCH_CALLS", "5000"))
FILL = text("""
  insert into webhook_delivery (subscription_id, event_id, type, incident_id, event_seq, action, from_status, to_status,
                                occurred_at, created_at, due_at)
  select :id, gen_random_uuid(), 'case.reported', e.incident_id, e.seq, e.action, e.from_status, e.to_status, e.occurred_at,
         :now, :now
  from incident_event e order by e.seq desc limit :calls
""")


async def receive(port: int) -> None:
    """Answer 204 to each request on a port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def receiver() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "bench.webhooks", "receive", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
        process.terminate()


def subscribe(settings: Settings, url: str) -> tuple[UUID, UUID]:
    """Return the ids of a new account of an administrator and of its subscription."""
    with db.transaction(SYSTEM) as session:
        account_id = accounts.create_account(
            session, SYSTEM, username=f"webhooks{secrets.token_hex(4)}", name="Bench", password=secrets.token_urlsafe(24),
            settings=settings,
        )  # fmt: skip
        accounts.add_grant(session, SYSTEM, account_id=account_id, role=Role.ADMIN)
        actor = accounts.actor_of(session, account_id)
        assert actor is not None
        new = service.NewSubscription(url=url, types=["case.reopened"])
        subscription = service.subscribe(session, actor, new, settings=settings)
    return account_id, subscription["id"]


def fill(subscription_id: UUID) -> None:
    with db.transaction(SYSTEM) as session:
        session.execute(FILL, {"id": subscription_id, "now": clock.now(), "calls": CALLS})


def sent_a_second(sender: service.Sender, subscription_id: UUID) -> float:
    started_at = time.perf_counter()
    while sending.send_batch(sender, subscription_id):
        pass
    return CALLS / (time.perf_counter() - started_at)


def bodies_of(subscription_id: UUID) -> list[bytes]:
    """Return bodies as they are sent, of the first batch."""
    with db.transaction(SYSTEM) as session:
        batch = sending.claim_batch(session, subscription_id)
        assert batch is not None
        bodies = [body for _, body in batch.messages if body is not None]
        session.rollback()
    return bodies


def guarded_a_second(url: str, bodies: list[bytes], headers: dict[str, str]) -> float:
    client = OutgoingClient(Allowed(networks=(ip_network("127.0.0.0/8"),)), keeps_alive=True)
    started_at = time.perf_counter()
    for number in range(CALLS):
        assert client.request("POST", url, headers=headers, body=bodies[number % len(bodies)]).status == 204
    seconds = time.perf_counter() - started_at
    client.close()
    return CALLS / seconds


def bare_a_second(url: str, bodies: list[bytes], headers: dict[str, str]) -> float:
    connection = http.client.HTTPConnection(url.split("/")[2])
    started_at = time.perf_counter()
    for number in range(CALLS):
        connection.request("POST", "/", bodies[number % len(bodies)], headers)
        connection.getresponse().read()
    seconds = time.perf_counter() - started_at
    connection.close()
    return CALLS / seconds


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "0.1")))
    with cluster() as server, receiver() as url:
        own = prepare(server, size)
        settings = Settings(database_url=own)
        db.configure(logins.login_url(own, logins.JOB), role=None, pool_size=2, statement_timeout_ms=0)
        try:
            _, subscription_id = subscribe(settings, url)
            key = service.server_key(settings)
            client = service.client_with(Allowed(networks=(ip_network("127.0.0.0/8"),)))
            sender = service.Sender(client, key, settings.webhook_pauses_s, settings.webhook_failing_days)
            rows: dict[str, list[float]] = {}
            for _ in range(rounds):
                fill(subscription_id)
                bodies = bodies_of(subscription_id)
                secret = signing.secret_of(key, subscription_id, 1)
                headers = signing.signature_headers(
                    [secret], event_id=subscription_id, sent_at=datetime.now(UTC), body=bodies[0]
                ) | {"Content-Type": "application/json"}
                measured: dict[str, Any] = {
                    "webhooks": sent_a_second(sender, subscription_id),
                    "guarded client": guarded_a_second(url, bodies, headers),
                    "bare": bare_a_second(url, bodies, headers),
                }
                for title, rate in measured.items():
                    rows.setdefault(title, []).append(rate)
            with db.transaction(SYSTEM) as session:
                session.execute(
                    text("delete from webhook_subscription where id = :id"), {"id": subscription_id}
                )
        finally:
            db.dispose()
    bare = statistics.median(rows["bare"])
    say(f"{size.cases:,} cases, {CALLS:,} messages of about {len(bodies[0]):,} bytes")
    print("| | a second | beside the bare client |\n|---|---:|---:|")
    for title, rates in rows.items():
        rate = statistics.median(rates)
        print(f"| {title} | {rate:,.0f} | {rate / bare:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["receive"]:
        asyncio.run(receive(int(sys.argv[2])))
    else:
        main()
