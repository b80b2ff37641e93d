"""`python -m bench.overload`: five times what the server can do, with calls for help and answers to offers among the rest.

First the peak is looked for: the rate of the day's mix is raised by half until no more requests are answered well, that is
with 2xx, within 5 s, and before the load ends (what a queue holds then is not done). Then five times the peak is due for
OVERLOAD_SECONDS. Goodput is what is answered well; nothing acknowledged may be missing in the database; afterwards half of
the peak is due, and it is measured after how many seconds its p99 is at most twice that before. Everything runs on the same
processors, the client too: its share is shown. In a copy of the city. Settings: BENCH_SIZE (0.1), OVERLOAD_SECONDS (300; 30
with BENCH_QUICK), OVERLOAD_TIMES (5).
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
PROBE_S, PEAK_S = 10.0, 20.0
GOOD_WITHIN_S = 5.0
FIRST_PER_S = 20.0
RECOVERY_S, NORMAL_S = 30.0, 5.0
# Calls for help a second, and how many reports a second have an offer to answer.
HELP_PER_S = 1.0
URGENT = ("accept", "help")


def goodput(samples: dict[str, Sample], seconds: float) -> float:
    """Return how many requests a second were answered well, in time, and before the load ended."""
    good = sum(
        latency <= GOOD_WITHIN_S and due + latency <= seconds
        for sample in samples.values()
        for due, latency in sample.timeline
    )
    return good / seconds


async def factor_of_peak(kinds: Sequence[Kind]) -> float:
    """Return the factor of the day's rates at which most requests are answered well."""
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
            return best_factor
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
    factor = await factor_of_peak(kinds)
    place = town.stage
    peaks = []
    for tried in (factor, 1.2 * factor):
        samples = await crowd_client.load(kinds, PEAK_S, factor=tried, seed=2)
        peaks.append((goodput(samples, PEAK_S), tried))
    peak, factor = max(peaks)
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
    recovered_s = recovery_s(after, 2 * normal_ms)
    print(f"p99 is normal after {recovered_s:.0f} s")
    record.note("recovery", recovered_s)


def _p99_ms(samples: dict[str, Sample]) -> float:
    times = sorted(latency for sample in samples.values() for _, latency in sample.timeline)
    return times[min(len(times) - 1, int(len(times) * 0.99))] * 1000 if times else math.nan


def recovery_s(samples: dict[str, Sample], limit_ms: float) -> float:
    """Return the first second from which five seconds together have a p99 within the limit; RECOVERY_S: there is none."""
    answers = [answer for sample in samples.values() for answer in sample.timeline]
    for second in range(int(RECOVERY_S - NORMAL_S) + 1):
        times = sorted(latency for due, latency in answers if second <= due < second + NORMAL_S)
        if times and times[int(len(times) * 0.99)] * 1000 <= limit_ms:
            return float(second)
    return RECOVERY_S


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
