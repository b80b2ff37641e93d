// Homes of her grids where something is due, the longest due first; any home can be sought.
import { useState } from "preact/hooks";
import { dueSince, type Home } from "../homes";
import { Card, Empty, Title, useWords, useWork } from "../ui";

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

/** Which home it is and how it stands there. */
export function HomeHead(props: { home: Home; isTitle?: boolean }) {
  const t = useWords();
  const { today } = useWork();
  const { home } = props;
  const tasks = home.tasks.filter((task) => task.isDue).length;
  const last = home.visits[0];
  const since = dueSince(home);
  const name = [home.address, home.label].filter(Boolean).join(" · ");
  return (
    <>
      {props.isTitle ? <Title text={name} /> : <h3>{name}</h3>}
      <p class="facts" data-testid="home-facts">
        {home.closed && <span>{t(`home_closed_${home.closed}`)}</span>}
        {home.isDue && since !== "" && <span class={since < today ? "bad" : ""}>{t(since < today ? "due_since" : "due_on", { day: since })}</span>}
        {home.closed === null && !home.isDue && home.dueOn && <span>{t("due_on", { day: home.dueOn })}</span>}
        {home.isDue && !home.dueOn && !last && <span>{t("never_visited")}</span>}
        {tasks > 0 && <b>{t("tasks_due", { n: tasks })}</b>}
        {last?.isSending && <i>{t(`outcome_${last.outcome}` as "outcome_done")} · {t("sending")}</i>}
      </p>
    </>
  );
}
