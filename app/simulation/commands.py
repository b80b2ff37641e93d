"""The command `gridward simulate`: simulate a recorded day under several dispatch policies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

# What an operator may be told of a day, by the ending of a picture's file.
_PICTURES = (".png", ".svg", ".pdf")


def _minutes(context: click.Context, option: click.Parameter, value: str) -> dict[int, float]:
    """Parse an option such as `40,30,20`: minutes for the priorities 1 to 3.

    Raises:
        click.BadParameter: The value is not three positive numbers.
    """
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or min(numbers) <= 0:
        raise click.BadParameter("say three numbers of minutes, for priorities 1 to 3, such as 40,30,20")
    return dict(enumerate(numbers, 1))


def _shift(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    from app.core.calendar import CalendarInvalid, minute_of_day

    if value is None:
        return None
    start, _, end = value.partition("-")
    try:
        shift = minute_of_day(start), minute_of_day(end)
    except CalendarInvalid as error:
        raise click.BadParameter(f"{error}; say 08:00-18:00") from None
    if shift[0] >= shift[1]:
        raise click.BadParameter("it ends before it begins")
    return shift


def _picture(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix not in _PICTURES:
        raise click.BadParameter(f"its name ends in one of {', '.join(_PICTURES)}")
    return value


_FILE = click.Path(dir_okay=False, path_type=Path)
_SHARE = click.FloatRange(0, 1)


@click.command("simulate")
@click.option("--jurisdiction", metavar="CODE", help="Jurisdiction to simulate")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day to simulate (default: the newest day with reports before today)",
)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read cases from this file, with the columns of `gridward import incidents`",
)
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="As for `gridward import`")
@click.option("--map-value", "values", multiple=True, metavar="FIELD:A=B", help="As for `gridward import`")
@click.option("--crs", help="As for `gridward import`")
@click.option("--timezone", metavar="AREA/CITY", help="As for `gridward import`")
@click.option("--day-first", is_flag=True, help="As for `gridward import`")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(["nearest-free", "tier0", "tier0+1"]),
    help="Policy to compare (default: all)",
)
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with other values of dispatch_weights of the profile",
)
@click.option(
    "--capacity", type=click.IntRange(1, 100), help="Capacity of all workers (default: as stored for each)"
)
@click.option("--storm", type=click.FloatRange(0, 1000), default=1.0, help="Factor for the number of cases")
@click.option("--absent", type=_SHARE, default=0.0, help="Share of workers who are absent")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random numbers")
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=1, help="Number of runs, with seeds from --seed upwards"
)
@click.option(
    "--decline", type=_SHARE, default=0.05, show_default=True, help="Share of offers that are declined"
)
@click.option(
    "--silent", type=_SHARE, default=0.05, show_default=True, help="Share of offers without an answer"
)
@click.option("--answer", "answer_s", type=click.FloatRange(1), default=60.0, show_default=True,
              help="Median time to an answer in seconds")  # fmt: skip
@click.option("--handling", default="40,30,20", show_default=True, callback=_minutes,
              help="Median minutes of handling for priorities 1 to 3")  # fmt: skip
@click.option(
    "--check-minutes",
    type=click.FloatRange(1),
    default=10.0,
    show_default=True,
    help="Minutes that a check takes",
)
@click.option("--no-checks", is_flag=True, help="Leave out checks of handled cases")
@click.option("--unlocated", type=_SHARE, default=0.1, show_default=True,
              help="Share of workers without a position")  # fmt: skip
@click.option(
    "--mode", type=click.Choice(["walk", "bicycle"]), help="How workers travel (default: as in the profile)"
)
@click.option(
    "--shift", callback=_shift, metavar="HH:MM-HH:MM", help="Shift of all workers (default: duty as recorded)"
)
@click.option("--follow", "follow_h", type=click.IntRange(1, 24 * 14), default=48, show_default=True,
              help="Hours from midnight until the simulation ends")  # fmt: skip
@click.option("--json", "json_file", type=_FILE, help="Write all figures to this file")
@click.option("--csv", "csv_file", type=_FILE, help="Write a row for each run to this file")
@click.option("--missed", "missed_file", type=_FILE, help="Write a row for each missed deadline to this file")
@click.option(
    "--picture", type=_FILE, callback=_picture, help="Draw a picture (PNG, SVG or PDF); needs matplotlib"
)
@click.pass_obj
def simulate(connect: Callable[[], Any], **options: Any) -> None:
    """Simulate a day under several dispatch policies, and compare the results. Stores nothing in the database.

    Exit status 2: nothing was simulated.
    """
    from app.core.errors import DomainError
    from app.exchange import service as exchange
    from app.http.messages import sentence
    from app.profiles.rules.profile import ProfileInvalid
    from app.simulation import service

    connect()
    try:
        request = _request(options)
        _simulate(request, range(options["seed"], options["seed"] + options["seeds"]), options)
    except service.NoDay as error:
        raise SystemExit(_exit_status(str(error))) from None
    except exchange.FileRefused as error:
        raise SystemExit(_exit_status(exchange.sentence(error.fault))) from None
    except ProfileInvalid as error:
        raise SystemExit(_exit_status(str(error))) from None
    except DomainError as error:
        raise SystemExit(_exit_status(sentence(error.code, None, **error.params))) from None


def _exit_status(reason: str) -> int:
    click.echo(f"Error: {reason}", err=True)
    return 2


def _request(options: dict[str, Any]) -> Any:
    import orjson

    from app.core.travel import Mode
    from app.exchange import service as exchange
    from app.simulation import service
    from app.simulation.rules.people import Behaviour
    from app.simulation.rules.policies import POLICIES

    weights: Any = {}
    if options["weights"] is not None:
        try:
            weights = orjson.loads(options["weights"].read_bytes())
        except orjson.JSONDecodeError as error:
            raise click.BadParameter(f"{options['weights']}: {error}") from None
        if not isinstance(weights, dict):
            raise click.BadParameter(f"{options['weights']}: must be an object")
    return service.SimulationRequest(
        jurisdiction=options["jurisdiction"],
        day=options["day"].date() if options["day"] else None,
        file=options["file"],
        options=exchange.Options(
            mapping=exchange.mapping_of(list(options["mapping"])),
            values=exchange.values_of(list(options["values"])),
            crs=options["crs"],
            timezone=options["timezone"],
            day_first=options["day_first"],
        ),
        policies=options["policies"] or tuple(POLICIES),
        weights=weights,
        capacity=options["capacity"],
        storm=options["storm"],
        absent=options["absent"],
        behaviour=Behaviour(
            decline=options["decline"],
            silent=options["silent"],
            answer_s=options["answer_s"],
            handling=options["handling"],
            check_minutes=options["check_minutes"],
            unlocated=options["unlocated"],
            mode=Mode(options["mode"]) if options["mode"] else None,
            has_checks=not options["no_checks"],
        ),
        shift=options["shift"],
        follow_h=options["follow_h"],
    )


def _simulate(request: Any, seeds: range, options: dict[str, Any]) -> None:
    import sys

    from tqdm import tqdm

    from app.simulation import service
    from app.simulation.rules import table
    from app.simulation.service import drawing

    if options["picture"] is not None:
        drawing.require()
    with service.snapshot() as session:
        loaded = service.load(session, request)
        days = [service.prepare(session, loaded, request, seed) for seed in seeds]
    for text_line in service.header(loaded, request, seeds):
        click.echo(text_line)
    results = []
    total = sum(len(day.incidents) for day in days) * len(request.policies)
    with tqdm(total=total, unit=" reports", disable=None, file=sys.stderr, leave=False) as bar:
        for day in days:
            results += service.run(loaded, request, day, on_report=bar.update)
    figures_by_policy = {name: [r.figures for r in results if r.policy == name] for name in request.policies}
    click.echo()
    for text_line in table.table(figures_by_policy):
        click.echo(text_line)
    click.echo("\nWaits as p50 / p90 from the report, m:ss; means over the seeds. With nobody at the end:")
    for text_line in table.reasons(figures_by_policy):
        click.echo(f"  {text_line}")
    if options["json_file"]:
        options["json_file"].write_bytes(service.as_json(loaded, request, results))
    if options["csv_file"]:
        options["csv_file"].write_text(service.results_csv(results))
    if options["missed_file"]:
        options["missed_file"].write_text(service.missed_csv(loaded, results))
    if options["picture"] is not None:
        drawing.draw(options["picture"], loaded, request, results)
