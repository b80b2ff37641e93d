"""`python -m bench.day`: a city's working day at 1, 2, 4 and 8 times: throughput, latencies by kind, and what saturates first.

Reports, answers to offers and pushes come in the ratios of the demo's months; positions, pulls, tiles, lists, boards and
figures at the timers of phones and consoles (`bench/town.py`). "One time" is the average hour of a city with as many workers
on duty. Afterwards the memory of the server's processes is compared with that after the first hour. In a copy of the city.
Settings: BENCH_SIZE (0.1), DAY_SECONDS of each level (60), DAY_LEVELS (1,2,4,8).
"""

import asyncio
import os
from collections.abc import Sequence

from bench import crowd_client, record, watch
from bench.environment import say
from bench.stage import size_from_environment, stage
from bench.town import Town, make_town

DATABASE = "gridward_bench_day"


async def play(town: Town, seconds: float, levels: Sequence[float]) -> None:
    """Measure the levels, and the memory before and after them."""
    place = town.stage
    try:
        await town.sign_in()
        await town.first_pull()
        kinds = town.kinds()
        await crowd_client.load(kinds, seconds / 2, seed=1)
        at_start = watch.memory_mb(place.pid)
        limits = []
        for level in levels:
            await town.sign_in()
            say(f"{level:g} times, load of the machine {os.getloadavg()[0]:.1f}")
            with watch.watching(place.url, place.base, place.pid) as seen:
                samples = await crowd_client.load(kinds, seconds, factor=level)
            good = sum(sample.good for sample in samples.values()) / seconds
            offered = sum(sample.offered for sample in samples.values()) / seconds
            print(f"\n{level:g} times: {offered:.0f} requests a second due, {good:.0f} answered well\n")
            print("\n".join(crowd_client.rows(samples)))
            limits.append(f"| {level:g} | {offered:.0f} | {good:.0f} | {seen.row()} |")
    finally:
        town.close()
    print(f"\n| times | due/s | answered well/s | {watch.HEAD} |\n{'|---' * 11}|\n" + "\n".join(limits))
    at_end = watch.memory_mb(place.pid)
    growth = max(b / a for a, b in zip(at_start, at_end, strict=True))
    print(f"\nmemory of the server's processes, MB: {at_start} at the start, {at_end} after the day")
    record.note("day_memory", growth, start_mb=at_start, end_mb=at_end)


def main() -> None:
    """Measure the levels of a day one after the other."""
    seconds = float(os.environ.get("DAY_SECONDS", "60"))
    levels = [float(level) for level in os.environ.get("DAY_LEVELS", "1,2,4,8").split(",")]
    size = size_from_environment(0.1)
    with stage(size, [], copy_as=DATABASE, with_jobs=True) as place:
        town = make_town(place)

        asyncio.run(play(town, seconds, levels))
        print(f"{len(town.acknowledged)} reports acknowledged, {town.missing()} of them not stored")


if __name__ == "__main__":
    main()
