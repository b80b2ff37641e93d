"""`python -m bench.crowd`: 1,000 phones with think time at 200 requests a second: half push a visit, half pull.

Each phone has an account, a connection and rows of its own, and waits for its last answer before it sends again. In a copy of
the city, which has to have 1,000 workers. Settings: BENCH_SIZE (0.1), CROWD_SECONDS (30), CROWD_RATE (200).
"""

import asyncio
import os

from bench import crowd_client, record, watch
from bench.environment import say
from bench.stage import size_from_environment, stage
from bench.town import make_town

DATABASE = "gridward_bench_crowd"


def main() -> None:
    """Measure push and pull of the crowd."""
    seconds, rate = float(os.environ.get("CROWD_SECONDS", "30")), float(os.environ.get("CROWD_RATE", "200"))
    size = size_from_environment(0.1)
    with stage(size, [], copy_as=DATABASE) as place:
        town = make_town(place)

        async def play() -> tuple[dict[str, crowd_client.Sample], watch.Seen]:
            try:
                return await measured()
            finally:
                town.close()

        async def measured() -> tuple[dict[str, crowd_client.Sample], watch.Seen]:
            await town.sign_in()
            say(f"{len(town.workers)} phones pull all their rows")
            await town.first_pull()
            kinds = [
                crowd_client.Kind("push", rate / 2, town.workers, town.push),
                crowd_client.Kind("pull", rate / 2, town.workers, town.pull),
            ]
            await crowd_client.load(kinds, min(5, seconds), seed=1)
            with watch.watching(place.url, place.base, place.pid) as seen:
                samples = await crowd_client.load(kinds, seconds)
            return samples, seen

        samples, seen = asyncio.run(play())
    print(f"{len(town.workers)} phones, {size.cases:,} cases\n")
    print("\n".join(crowd_client.rows(samples)))
    print(f"\n| {watch.HEAD} |\n{'|---' * 8}|\n| {seen.row()} |\n")
    for name in ("push", "pull"):
        sample = samples[name]
        remark = (
            {}
            if sample.good >= 0.99 * sample.offered
            else {"remark": f"{sample.good / sample.offered:.0%} answered"}
        )
        record.note(f"crowd_{name}", sample.percentile_ms(0.99) / 1000, phones=len(town.workers), **remark)


if __name__ == "__main__":
    main()
