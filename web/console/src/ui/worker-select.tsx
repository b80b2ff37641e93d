// A select of workers, with a search by name for those who are not listed.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";

const PAGE_SIZE = 200;
const DEBOUNCE_MS = 250;

type WorkerRef = { worker_id?: string; worker_name?: string };
type WorkerSelectProps = {
  name: string;
  label: ComponentChildren;
  within?: string | null;
  /** Listed first; the first of them is selected. */
  first?: readonly WorkerRef[];
  isRequired?: boolean;
  /** For an assignment now: workers on duty first, with their workload. */
  isForNow?: boolean;
  /** Eligible workers with a text about each, listed before all others. */
  suggested?: readonly { id: string; text: string }[];
  testid?: string;
};

/** The selected worker stays selected while the user searches. */
export function WorkerSelect(props: WorkerSelectProps) {
  const t = useTranslation();
  const { within = null, first = [], isRequired = false, isForNow = false, suggested = [], testid = "worker" } = props;
  const [typed, setTyped] = useState("");
  const [searchText, setSearchText] = useState("");
  const initial = { id: first[0]?.worker_id ?? "", text: first[0]?.worker_name ?? "" };
  const [chosen, setChosen] = useState(initial);
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSearchText(typed.trim()), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const form = select.current?.form;
    const clear = () => (setChosen(initial), setTyped(""));
    form?.addEventListener("reset", clear);
    return () => form?.removeEventListener("reset", clear);
  }, []);
  const query = { limit: PAGE_SIZE, ...(within ? { area_id: within } : {}), ...(searchText ? { q: searchText } : {}) };
  const result = useQuery(
    () => callApi(client.GET("/api/v1/workers", { params: { query } })),
    `workers ${within} ${searchText}`,
    false,
  );
  const items = result.data?.items ?? [];
  const text = (worker: Schemas["WorkerOut"]) => {
    const grids = t.list(worker.grids?.map((grid) => t.named(grid.name)) ?? []);
    return isForNow
      ? `${worker.name} ${worker.open_work}/${worker.capacity} ${grids}${worker.on_duty ? "" : ` (${t("off_duty")})`}`
      : `${worker.name} ${grids}`;
  };
  const nameById = new Map(first.map((worker) => [worker.worker_id ?? "", worker.worker_name ?? ""]));
  const suggestedIds = new Set(suggested.map((worker) => worker.id).filter((id) => !nameById.has(id)));
  if (
    chosen.id &&
    !nameById.has(chosen.id) &&
    !suggestedIds.has(chosen.id) &&
    !items.some((worker) => worker.id === chosen.id)
  )
    nameById.set(chosen.id, chosen.text);
  const others = items.filter((worker) => !nameById.has(worker.id ?? "") && !suggestedIds.has(worker.id ?? ""));
  const sorted = isForNow
    ? [...others.filter((worker) => worker.on_duty), ...others.filter((worker) => !worker.on_duty)]
    : others;
  const statusText =
    result.data === null
      ? ""
      : searchText && items.length === 0
        ? t("nobody_of_that_name")
        : result.data.next
          ? t("not_all_listed", { n: items.length })
          : "";
  const otherOptions = sorted.map((worker) => (
    <option key={worker.id} value={worker.id}>
      {text(worker)}
    </option>
  ));
  return (
    <div class="choice">
      <label>
        {props.label}
        <select
          name={props.name}
          ref={select}
          required={isRequired}
          autofocus={first.length > 0}
          value={chosen.id}
          onChange={({ currentTarget }) =>
            setChosen({ id: currentTarget.value, text: currentTarget.selectedOptions[0]?.text ?? "" })
          }
          data-testid={testid}
        >
          {(!isRequired || first.length === 0) && <option value="">{t("choose")}</option>}
          {[...nameById].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {suggestedIds.size > 0 && (
            <optgroup label={t("eligible_now")}>
              {suggested
                .filter((worker) => suggestedIds.has(worker.id))
                .map((worker) => (
                  <option key={worker.id} value={worker.id}>
                    {worker.text}
                  </option>
                ))}
            </optgroup>
          )}
          {suggestedIds.size > 0 ? <optgroup label={t("other_workers")}>{otherOptions}</optgroup> : otherOptions}
        </select>
      </label>
      <label>
        <small>{t("find_by_name")}</small>
        <input
          type="search"
          value={typed}
          maxLength={100}
          onInput={(event) => setTyped(event.currentTarget.value)}
          // Enter searches and does not submit the form.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          data-testid={`${testid}-find`}
        />
      </label>
      <small class="quiet" role="status">
        {statusText}
      </small>
    </div>
  );
}
