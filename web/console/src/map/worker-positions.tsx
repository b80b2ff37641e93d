// Positions of workers on duty. Each request needs a purpose, which is logged; so it is sent on demand only, not at each
// event.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { PurposeFields, readPurpose } from "../ui/purpose-fields";
import { WORKER_PURPOSES } from "../words/purposes";

export type Located = Schemas["LocatedWorker"];
const PAGE_SIZE = 500;
const MAX_WORKERS = 2_000;

export function WorkerPositions(props: {
  within: string | undefined;
  workers: Located[] | null;
  onWorkers: (workers: Located[] | null) => void;
  /** Assigns the selected case to a worker; undefined if none is selected or it cannot be assigned. */
  onAssign: ((worker: Located) => void) | undefined;
  onPoint: (at: [number, number] | null) => void;
  highlightedId: string | null;
}) {
  const t = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [at, setAt] = useState<number | null>(null);
  const locate = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = readPurpose<Schemas["LocateWorkers"]["purpose"]>(event.currentTarget);
    try {
      const workers: Located[] = [];
      let cursor: string | null | undefined;
      do {
        const body = {
          ...reason,
          limit: PAGE_SIZE,
          ...(props.within ? { area_id: props.within } : {}),
          ...(cursor ? { cursor } : {}),
        };
        const page = await callApi(client.POST("/api/v1/workers/locate", { body }));
        workers.push(...(page.items ?? []));
        cursor = page.next;
      } while (cursor && workers.length < MAX_WORKERS);
      props.onWorkers(workers);
      setAt(Date.now());
      setError(null);
    } catch (trouble) {
      setError(trouble);
    }
  };
  const locatedCount = props.workers?.filter((worker) => worker.position).length ?? 0;
  const positionOf = (worker: Located): [number, number] | null =>
    worker.position ? [worker.position.lon, worker.position.lat] : null;
  return (
    <section class="people" aria-labelledby="people">
      <h2 id="people">{t("workers_on_duty")}</h2>
      <form class="row" onSubmit={(event) => void locate(event)}>
        <PurposeFields purposes={WORKER_PURPOSES} />
        <button data-testid="locate">{t(props.workers ? "show_again" : "show_workers")}</button>
        {props.workers && (
          <button type="button" class="plain" onClick={() => props.onWorkers(null)}>
            {t("hide_workers")}
          </button>
        )}
      </form>
      {error !== null && <ErrorMessage error={error} />}
      {props.workers && (
        <>
          <p role="status" data-testid="located">
            {t("workers_shown", { n: locatedCount, m: props.workers.length - locatedCount })}{" "}
            {t("refreshed", { at: t.at(at) })}
          </p>
          <ul class="inview" data-testid="people">
            {props.workers.map((worker) => (
              <li
                key={worker.id}
                aria-current={worker.id === props.highlightedId ? "true" : undefined}
                onMouseEnter={() => props.onPoint(positionOf(worker))}
                onMouseLeave={() => props.onPoint(null)}
              >
                <b>{worker.name}</b> {t("in_hand", { n: worker.open_work ?? 0, m: worker.capacity ?? 0 })}
                <small> {worker.position ? t.ago(worker.position.age_s ?? 0) : t("no_place")}</small>
                {props.onAssign && (
                  <button
                    type="button"
                    class="small"
                    aria-label={t("assign_to", { name: worker.name ?? "" })}
                    onFocus={() => props.onPoint(positionOf(worker))}
                    onBlur={() => props.onPoint(null)}
                    onClick={() => props.onAssign!(worker)}
                  >
                    {t("assign")}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
