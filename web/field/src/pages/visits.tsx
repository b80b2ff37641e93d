// Homes of her grids where something is due, the longest due first; any home can be sought.
import { useState } from "preact/hooks";
import { dueSince } from "../homes";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { Card, Empty } from "../ui/card";
import { HomeHead } from "../ui/home-summary";
import { Title } from "../ui/title";

const SHOWN_AT_ONCE = 40;

export function Visits() {
  const t = useWords();
  const { homes } = useWork();
  const [sought, setSought] = useState("");
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  const due = homes?.filter((home) => home.isDue) ?? [];
  const wanted = sought.trim().toLowerCase();
  const fitting = wanted ? (homes ?? []).filter((home) => `${home.address} ${home.label}`.toLowerCase().includes(wanted)) : due;
  // Never visited comes last: of the others it is known since when.
  const shown = [...fitting].sort((a, b) => (dueSince(a) || "9").localeCompare(dueSince(b) || "9") || a.address.localeCompare(b.address, "zh"));
  return (
    <>
      <a href="#/day" class="back">‹ {t("day")}</a>
      <Title text={t("visits_due", { n: due.length })} />
      <label>
        {t("search_home")}
        <input type="search" value={sought} onInput={(e) => setSought(e.currentTarget.value)} data-testid="search-home" />
      </label>
      {homes === null && <Empty>{t("reading")}</Empty>}
      {homes !== null && shown.length === 0 && <Empty>{t(wanted ? "no_home_found" : "no_visits_due")}</Empty>}
      {shown.slice(0, most).map((home) => (
        <a key={home.id} class="link" href={`#/visit/${home.id}`} data-testid="home">
          <Card><HomeHead home={home} /></Card>
        </a>
      ))}
      {shown.length > most && <button onClick={() => setMost(most + SHOWN_AT_ONCE)}>{t("more_homes", { n: shown.length - most })}</button>}
    </>
  );
}
