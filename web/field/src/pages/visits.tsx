// Homes of the worker's grids where something is due, by building, the longest due first; any home can be found by search.
import { useState } from "preact/hooks";
import { groupByBuilding } from "../addresses";
import { dueSince } from "../homes";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Card, Empty } from "../ui/card";
import { HomeSummary } from "../ui/home-summary";
import { Title } from "../ui/title";

const PAGE_SIZE = 40;

export function VisitsPage() {
  const t = useTranslation();
  const { homes, visitHours } = useWorkerState();
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(PAGE_SIZE);
  const due = homes?.filter((home) => home.isDue) ?? [];
  const searchText = query.trim().toLowerCase();
  const matching = searchText
    ? (homes ?? []).filter((home) => `${home.address} ${home.label}`.toLowerCase().includes(searchText))
    : due;
  // Homes that were never visited come last: for the others it is known since when they are due.
  const sorted = [...matching].sort(
    (a, b) =>
      (dueSince(a) || "9").localeCompare(dueSince(b) || "9") ||
      a.address.localeCompare(b.address, "zh", { numeric: true }),
  );
  return (
    <>
      <a href="#/day" class="back">
        ‹ {t("day")}
      </a>
      <Title text={t("visits_due", { n: due.length })} />
      <p class="note" data-testid="visit-hours">
        {t("visit_hours", visitHours)}
      </p>
      <label>
        {t("search_home")}
        <input type="search" value={query} onInput={(e) => setQuery(e.currentTarget.value)} data-testid="search-home" />
      </label>
      {homes === null && <Empty>{t("reading")}</Empty>}
      {homes !== null && sorted.length === 0 && <Empty>{t(searchText ? "no_home_found" : "no_visits_due")}</Empty>}
      {groupByBuilding(sorted.slice(0, limit)).map(({ building, items }) => (
        <section key={building} data-testid="building">
          <h2>
            {building} {items.length > 1 && <small>{t("homes_here", { n: items.length })}</small>}
          </h2>
          {items.map((home) => (
            <a key={home.id} class="link" href={`#/visit/${home.id}`} data-testid="home">
              <Card>
                <HomeSummary home={home} isInBuilding={items.length > 1 || home.room !== ""} />
              </Card>
            </a>
          ))}
        </section>
      ))}
      {sorted.length > limit && (
        <button onClick={() => setLimit(limit + PAGE_SIZE)}>{t("more_homes", { n: sorted.length - limit })}</button>
      )}
    </>
  );
}
