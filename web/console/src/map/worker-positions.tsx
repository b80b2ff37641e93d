// Where people on duty are: asked for a purpose, which goes on the record; so it is asked when somebody asks, not at each hint.
import { useState } from "preact/hooks";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Trouble } from "../ui/error-message";
import { Reason, reasonOf } from "../ui/purpose-fields";
import { WORKER_PURPOSES } from "../words/purposes";

export type Located = Schemas["LocatedWorker"];
const PAGE = 500;
const MOST = 2_000;

export function People(props: {
  within: string | undefined;
  found: Located[] | null;
  onFound: (workers: Located[] | null) => void;
  /** Gives the chosen case to somebody; undefined where it is not to be given, or none is chosen. */
  onAssign: ((worker: Located) => void) | undefined;
  onPoint: (at: [number, number] | null) => void;
  named: string | null;
}) {
  const t = useWords();
  const [error, setError] = useState<unknown>(null);
  const [at, setAt] = useState<number | null>(null);
  const locate = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = reasonOf<Schemas["LocateWorkers"]["purpose"]>(event.currentTarget);
    try {
      const found: Located[] = [];
      let cursor: string | null | undefined;
      do {
        const body = { ...reason, limit: PAGE, ...(props.within ? { within: props.within } : {}), ...(cursor ? { cursor } : {}) };
        const page = await load(client.POST("/api/v1/workers/locate", { body }));
        found.push(...(page.items ?? []));
        cursor = page.next;
      } while (cursor && found.length < MOST);
      props.onFound(found);
      setAt(Date.now());
      setError(null);
    } catch (trouble) {
      setError(trouble);
    }
  };
  const placed = props.found?.filter((one) => one.position).length ?? 0;
  const placeOf = (one: Located): [number, number] | null => (one.position ? [one.position.lon!, one.position.lat!] : null);
  return (
    <section class="people" aria-labelledby="people">
      <h2 id="people">{t("workers_on_duty")}</h2>
      <form class="row" onSubmit={(event) => void locate(event)}>
        <Reason among={WORKER_PURPOSES} />
        <button data-testid="locate">{t(props.found ? "show_again" : "show_workers")}</button>
        {props.found && <button type="button" class="plain" onClick={() => props.onFound(null)}>{t("hide_workers")}</button>}
      </form>
      {error !== null && <Trouble error={error} />}
      {props.found && (
        <>
          <p role="status" data-testid="located">{t("workers_shown", { n: placed, m: props.found.length - placed })} {t("refreshed", { at: t.at(at) })}</p>
          <ul class="inview" data-testid="people">
            {props.found.map((one) => (
              <li key={one.id} aria-current={one.id === props.named ? "true" : undefined} onMouseEnter={() => props.onPoint(placeOf(one))} onMouseLeave={() => props.onPoint(null)}>
                <b>{one.name}</b> {t("in_hand", { n: one.open_work ?? 0, m: one.capacity ?? 0 })}
                <small> {one.position ? t("age", { span: t.span(one.position.age_s ?? 0) }) : t("no_place")}</small>
                {props.onAssign && (
                  <button type="button" class="small" aria-label={t("assign_to", { name: one.name ?? "" })} onFocus={() => props.onPoint(placeOf(one))} onBlur={() => props.onPoint(null)} onClick={() => props.onAssign!(one)}>
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
