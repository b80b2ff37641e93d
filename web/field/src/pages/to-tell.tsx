// Households of the worker's grids to tell a notice at the door, by building, and results that wait to be sent. Works without
// a network.
import { useState } from "preact/hooks";
import { groupByBuilding } from "../addresses";
import { store, syncClient } from "../client";
import { type Home, shortName } from "../homes";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { TELL_WARNINGS_KEY } from "../tell-warnings";
import type { TellResult } from "../to-tell";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { Title } from "../ui/title";
import { Tell } from "../visit/tell";

const PAGE_SIZE = 40;

export function ToTellPage() {
  const t = useTranslation();
  const { toTell, homes } = useWorkerState();
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(PAGE_SIZE);
  const searchText = query.trim().toLowerCase();
  const open = toTell?.open ?? [];
  const matching = open.filter(({ home }) => `${home.address} ${home.label}`.toLowerCase().includes(searchText));
  const items = matching.slice(0, limit).map((task) => ({ ...task, building: task.home.building }));
  return (
    <>
      <a href="#/day" class="back">
        ‹ {t("day")}
      </a>
      <Title text={t("tell_title", { n: toTell?.households ?? 0 })} />
      <p class="note">{t("tell_what")}</p>
      <Warnings homes={homes ?? []} />
      <Recorded results={toTell?.recorded ?? []} />
      {open.length > 0 && (
        <label>
          {t("search_home")}
          <input
            type="search"
            value={query}
            onInput={(e) => setQuery(e.currentTarget.value)}
            data-testid="search-home"
          />
        </label>
      )}
      {toTell === null && <Empty>{t("reading")}</Empty>}
      {toTell !== null && matching.length === 0 && <Empty>{t(searchText ? "no_home_found" : "tell_none")}</Empty>}
      {groupByBuilding(items).map(({ building, items: tasks }) => (
        <section key={building} data-testid="building">
          <h2>
            {building} {tasks.length > 1 && <small>{t("homes_here", { n: tasks.length })}</small>}
          </h2>
          {tasks.map((task) => (
            <Card key={task.id} testid="to-tell">
              <h3>{nameInBuilding(task.home)}</h3>
              <Tell task={task} name={shortName(task.home)} />
            </Card>
          ))}
        </section>
      ))}
      {matching.length > limit && (
        <button onClick={() => setLimit(limit + PAGE_SIZE)}>{t("tell_more", { n: matching.length - limit })}</button>
      )}
    </>
  );
}

const nameInBuilding = (home: Home) => [home.room, home.label].filter(Boolean).join(" · ") || shortName(home);

/** Results that are on the phone still. One that was not sent yet can be taken back. */
function Recorded(props: { results: TellResult[] }) {
  const t = useTranslation();
  const waiting = props.results.filter((result) => !result.isSent).length;
  const last = props.results[0];
  return (
    <>
      <p class="note" role="status" data-testid="told">
        {last && `${last.home ? shortName(last.home) : ""} ${t(`tell_${last.state}`)}`}
      </p>
      {props.results.length > 0 && (
        <details data-testid="recorded-list">
          <summary>
            {t(waiting > 0 ? "tell_recorded" : "tell_recorded_sent", { n: waiting || props.results.length })}
          </summary>
          {props.results.map((result) => (
            <section class="row" key={result.opId} data-testid="recorded">
              <b>{t(`tell_${result.state}`)}</b>
              <span>{result.home ? shortName(result.home) : ""}</span>
              <small>
                {t.time(result.at)} {t(result.isSent ? "tell_sent" : "tell_waiting")}
              </small>
              {!result.isSent && (
                <ActionButton onPress={() => syncClient.cancel(result.opId)} data-testid="take-back">
                  {t("tell_take_back")}
                </ActionButton>
              )}
            </section>
          ))}
        </details>
      )}
    </>
  );
}

/** What the server told of results that were sent, until the worker has seen it. */
function Warnings(props: { homes: Home[] }) {
  const t = useTranslation();
  const { tellWarnings } = useWorkerState();
  if (tellWarnings.length === 0) return null;
  const nameOf = (household: string) => {
    const home = props.homes.find(({ id }) => id === household);
    return home ? shortName(home) : "";
  };
  return (
    <Card tone="bad" testid="tell-warnings">
      <h2>{t("tell_warned")}</h2>
      {tellWarnings.map((warning) => (
        <section class="row" key={`${warning.opId} ${warning.message}`}>
          <b>{nameOf(warning.household)}</b>
          <span>{warning.message}</span>
          <small>{t.time(warning.at)}</small>
        </section>
      ))}
      <ActionButton onPress={() => store.writeValue(TELL_WARNINGS_KEY, null)} data-testid="tell-warnings-seen">
        {t("seen")}
      </ActionButton>
    </Card>
  );
}
