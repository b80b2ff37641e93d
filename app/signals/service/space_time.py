"""The cluster scan of reports, used by the nightly detectors and by hotspot previews."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlalchemy import RowMapping

from app.core.geodesic import metres_per_degree
from app.profiles.rules.signals import Signals
from app.signals.rules.space_time import Cluster, ScanLimits, scan


def scan_reports(
    rows: Sequence[RowMapping], *, lat: float, last_day: date, rules: Signals, seed: int
) -> list[Cluster]:
    """Return the clusters of reports whose last day is `last_day`, the most unlikely first.

    Args:
        rows: One row for each report, with `lon`, `lat` in degrees (WGS 84) and its `day`.
        lat: Mean latitude of the reports in degrees, for the projection to a plane in metres.
    """
    if not rows:
        return []
    places = np.array([(row["lon"], row["lat"]) for row in rows])
    return scan(
        places * metres_per_degree(lat),
        np.array([row["day"].toordinal() for row in rows], dtype=np.int64),
        last_day=last_day.toordinal(),
        limits=ScanLimits(
            radii_m=rules.cluster_radii_m,
            longest=rules.cluster_longest_days,
            shuffles=rules.cluster_shuffles,
            least=rules.cluster_least,
            p_most=rules.cluster_p_most,
        ),
        seed=seed,
    )
