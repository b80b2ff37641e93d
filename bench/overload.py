"""`python -m bench.overload`: five times what the server can do, with calls for help and answers to offers among the rest.

First the peak is looked for: the rate of the day's mix is doubled until no more requests are answered well (2xx within 5 s).
Then five times the peak is due for OVERLOAD_SECONDS. Goodput is what is answered well; nothing acknowledged may be missing in
the database; afterwards half of the peak is due, and it is measured how long its p99 stays above twice that before. Everything
runs on the same processors, the client too: its share is shown. In a copy of the city. Settings: BENCH_SIZE (0.1),
OVERLOAD_SECONDS (300; 30 with BENCH_QUICK), OVERLOAD_TIMES (5).
"""

import asyncio
import math
import os
from collections.abc import Sequence

from bench import crowd_client, record, watch
from bench.crowd_client import Kind, Sample
from bench.environment import say
from bench.stage import size_from_environment, stage
from bench.town import Town, make_town

DATABASE = "gridward_bench_overload"
PROBE_S = 10.0
GOOD_WITHIN_S = 5.0
FIRST_PER_S = 20.0
RECOVERY_S = 30.0
# Calls for help a second, and how many reports a second have an offer to answer.
HELP_PER_S = 1.0
URGENT = ("accept", "help")


def goodput(samples: dict[str, Sample], seconds: float) -> float:
    """Return how many requests a second were answered well and in time."""
    good = sum(latency <= GOOD_WITHIN_S for sample in samples.values() for _, latency in sample.timeline)
    return good / seconds


async def peak_of(kinds: Sequence[Kind]) -> tuple[float, float]:
    """Return the factor of the day's rates at which most requests are answered well, and how many a second."""
    factor = FIRST_PER_S / sum(kind.per_s for kind in kinds)
    best, best_factor = 0.0, factor
    while True:
        samples = await crowd_client.load(kinds, PROBE_S, factor=factor)
        rate = goodput(samples, PROBE_S)
        say(f"{factor:.1f} times: {rate:.0f} answered well a second")
        if rate > best:
            best, best_factor = rate, factor
        due = sum(sample.offered for sample in samples.values()) / PROBE_S
        if rate < 0.9 * due:
            return best_factor, best
        factor *= 1.5


async def play(town: Town, seconds: float, times: float) -> None:
    """Look for the peak, overload, and wait for the recovery; then close all connections."""
    try:
        await overload(town, seconds, times)
    finally:
        town.close()


async def overload(town: Town, seconds: float, times: float) -> None:
    """Look for the peak, overload, and wait for the recovery."""
    await town.sign_in()
    await town.first_pull()
    kinds = [*town.kinds(), town.help_kind(HELP_PER_S / 5)]
    await crowd_client.load(kinds, PROBE_S, seed=1)
    factor, best = await peak_of(kinds)
    place = town.stage
    peaks = [best]
    for seed in (2, 3):
        samples = await crowd_client.load(kinds, PROBE_S, factor=factor, seed=seed)
        peaks.append(goodput(samples, PROBE_S))
    peak = max(peaks)
    if not peak:
        raise SystemExit(
            "nothing was answered well at any rate: the machine is too busy to measure an overload"
        )
    half = await crowd_client.load(kinds, PROBE_S, factor=factor / 2, seed=4)
    normal_ms = _p99_ms(half)
    await town.sign_in()
    say(f"peak: {peak:.0f} a second, p99 at half of it {normal_ms:.0f} ms; load {os.getloadavg()[0]:.1f}")
    overloaded = [
        # Calls for help do not become more because a server is slow.
        Kind(
            kind.name,
            HELP_PER_S / (times * factor) if kind.name == "help" else kind.per_s,
            kind.people,
            kind.act,
        )
        for kind in kinds
    ]
    with watch.watching(place.url, place.base, place.pid) as seen:
        samples = await crowd_client.load(overloaded, seconds, factor=times * factor, seed=5)
    reached = goodput(samples, seconds)
    after = await crowd_client.load(kinds, RECOVERY_S, factor=factor / 2, seed=6)
    print("\n".join(crowd_client.rows(samples)))
    print(f"\n| {watch.HEAD} |\n{'|---' * 8}|\n| {seen.row()} |\n")
    print(f"peak {peak:.0f}/s, goodput at {times:g} times {reached:.0f}/s")
    record.note("goodput", reached / peak, peak_per_s=round(peak), client_share=round(seen.client, 2))
    urgent = [samples[name] for name in URGENT]
    answered = sum(sample.good for sample in urgent) / max(1, sum(sample.offered for sample in urgent))
    record.note("urgent_answered", answered)
    for name in URGENT:
        print(
            f"{name}: {samples[name].good} of {samples[name].offered}, p99 {samples[name].percentile_ms(0.99):.0f} ms"
        )
    record.note("recovery", recovery_s(after, 2 * normal_ms))


def _p99_ms(samples: dict[str, Sample]) -> float:
    times = sorted(latency for sample in samples.values() for _, latency in sample.timeline)
    return times[min(len(times) - 1, int(len(times) * 0.99))] * 1000 if times else math.nan


def recovery_s(samples: dict[str, Sample], limit_ms: float) -> float:
    """Return the second after which no request that was due took longer than the limit, but for one in a hundred."""
    late: dict[int, list[float]] = {}
    for sample in samples.values():
        for at, latency in sample.timeline:
            late.setdefault(int(at), []).append(latency * 1000)
    slow = [
        second
        for second, latencies in late.items()
        if sorted(latencies)[int(len(latencies) * 0.95)] > limit_ms
    ]
    return float(max(slow) + 1) if slow else 0.0


def main() -> None:
    """Measure an overload."""
    is_quick = os.environ.get("BENCH_QUICK") == "1"
    seconds = float(os.environ.get("OVERLOAD_SECONDS", "30" if is_quick else "300"))
    times = float(os.environ.get("OVERLOAD_TIMES", "5"))
    size = size_from_environment(0.1)
    with stage(size, [], copy_as=DATABASE, with_jobs=True) as place:
        town = make_town(place)
        asyncio.run(play(town, seconds, times))
        lost = town.missing()
    print(f"{len(town.acknowledged)} reports acknowledged, {lost} of them not stored")
    record.note("lost", lost, acknowledged=len(town.acknowledged))


if __name__ == "__main__":
    main()
