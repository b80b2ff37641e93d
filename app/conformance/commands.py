"""The command `gridward conformance`, which tests a sync client on a faulty network."""

import os
import secrets
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click
import orjson
from tqdm import tqdm

from app.conformance.faults import DEFAULT_RATE, KINDS, FaultPlan
from app.conformance.holdings import Dump, DumpInvalid
from app.conformance.run import ConformanceRun
from app.conformance.server_account import ServerRefused

_FILE = click.Path(dir_okay=False, path_type=Path)
POLL_S = 0.2


def _rates(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """Parse the values of `--fault`, such as `late=0.1`, to the probability of each kind.

    Raises:
        click.BadParameter: A kind is unknown, or a probability is not between 0 and 1.
    """
    rates = {}
    for value in values:
        kind, _, rate = value.partition("=")
        try:
            rates[kind] = float(rate)
        except ValueError:
            rates[kind] = -1.0
        if kind not in KINDS or not 0 <= rates[kind] <= 1:
            raise click.BadParameter(f"{value}: write KIND=RATE, a kind of {', '.join(KINDS)}")
    return rates


@click.command("conformance")
@click.option(
    "--server", required=True, metavar="URL", help="The running server, such as http://127.0.0.1:8080"
)
@click.option("--username", required=True, help="The account of the client")
@click.option("--password", envvar="CONFORMANCE_PASSWORD", prompt=True, hide_input=True,
              help="Its password; better in the variable CONFORMANCE_PASSWORD")  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8099, show_default=True, help="Port of the proxy"
)
@click.option("--seed", type=int, help="Decides which request meets which fault; random if not given")
@click.option("--rate", type=click.FloatRange(0, 1), default=DEFAULT_RATE, show_default=True,
              help="Probability of each kind of fault for one request")  # fmt: skip
@click.option("--fault", "rates", multiple=True, callback=_rates, metavar="KIND=RATE",
              help="Another probability for one kind; repeatable")  # fmt: skip
@click.option("--requests", type=click.IntRange(0), default=300, show_default=True,
              help="Requests from this number on meet no fault")  # fmt: skip
@click.option("--dump", "dump_file", type=_FILE, help="What the client holds at the end, as JSON")
@click.option("--json", "json_file", type=_FILE, help="Write the report here as JSON")
@click.option("--timeout", "timeout_s", type=click.FloatRange(1), default=900, show_default=True,
              help="Seconds until the run ends without a comparison")  # fmt: skip
@click.argument("client", nargs=-1, type=click.UNPROCESSED)
# Each parameter is an option of the command.
def conformance(  # noqa: PLR0913
    server: str,
    username: str,
    password: str,
    port: int,
    seed: int | None,
    rate: float,
    rates: dict[str, float],
    requests: int,
    dump_file: Path | None,
    json_file: Path | None,
    timeout_s: float,
    client: tuple[str, ...],
) -> None:
    """Run a faulty proxy for a sync client, and compare what the client holds with the server.

    CLIENT, after `--`, is the command that runs the client. Without it the proxy waits until the client posts its dump
    to /_conformance/compare. See docs/explanation/conformance.md. Exit status 1: differences; 2: nothing was compared.
    """
    all_rates = dict.fromkeys(KINDS, rate) | rates
    if sum(all_rates.values()) > 1:
        raise click.UsageError(f"The rates of the {len(KINDS)} kinds add up to more than 1.")
    plan = FaultPlan(secrets.randbelow(1_000_000) if seed is None else seed, all_rates, requests)
    try:
        with closing(ConformanceRun(server, username, password, plan=plan, port=port)) as run:
            click.echo(f"Seed {plan.seed}. The client connects to {run.proxy.url}", err=True)
            variables = {
                "CONFORMANCE_URL": run.proxy.url,
                "CONFORMANCE_USERNAME": username,
                "CONFORMANCE_PASSWORD": password,
            }
            _wait(run, plan, client, variables, timeout_s)
            if not run.is_compared.is_set() and dump_file is not None:
                run.compare(_read_dump(dump_file))
    except ServerRefused as refused:
        raise SystemExit(_nothing_compared(str(refused))) from None
    except OSError as error:
        raise SystemExit(_nothing_compared(str(error))) from None
    if run.report is None:
        raise SystemExit(_nothing_compared("The client posted no dump, and --dump names none."))
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(run.report.as_json(), option=orjson.OPT_INDENT_2))
    click.echo(run.report.text(), nl=False)
    if not run.report.is_passed:
        raise SystemExit(1)


def _wait(
    run: ConformanceRun, plan: FaultPlan, client: tuple[str, ...], variables: dict[str, str], timeout_s: float
) -> None:
    """Wait until the client ends or posts its dump. On a terminal, show the number of requests.

    Raises:
        SystemExit: The client failed or did not end in time.
    """
    child = subprocess.Popen(client, env=os.environ | variables) if client else None
    waited_s = 0.0
    try:
        with tqdm(total=plan.requests, unit=" requests", disable=None, file=sys.stderr, leave=False) as bar:
            while waited_s < timeout_s and not run.is_compared.wait(POLL_S):
                waited_s += POLL_S
                bar.update(run.proxy.requests - bar.n)
                bar.set_postfix(faults=run.proxy.done.total())
                if child is not None and child.poll() is not None:
                    break
        if child is not None:
            child.wait(max(timeout_s - waited_s, 1))
    except subprocess.TimeoutExpired:
        raise SystemExit(_nothing_compared(f"The client did not end within {timeout_s:g} s.")) from None
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
    finally:
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()
    if child is not None and child.returncode and not run.is_compared.is_set():
        raise SystemExit(_nothing_compared(f"The client ended with status {child.returncode}."))


def _read_dump(path: Path) -> Dump:
    try:
        return Dump.parse(orjson.loads(path.read_bytes()))
    except (DumpInvalid, orjson.JSONDecodeError) as error:
        raise SystemExit(_nothing_compared(f"{path}: {error}")) from None


def _nothing_compared(reason: str) -> int:
    click.echo(f"Error: {reason}", err=True)
    return 2
