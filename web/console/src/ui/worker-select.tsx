// Choosing somebody: from a list, or by a part of her name where the list does not reach her.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";

const LISTED = 200;
const TYPED_MS = 250;

type Known = { worker_id?: string; worker_name?: string };
type Wanted = {
  name: string;
  label: ComponentChildren;
  within?: string | null;
  /** They come first, the first of them chosen. */
  first?: readonly Known[];
  isRequired?: boolean;
  /** For now, not for some day: who is on duty first, with what is in hand. */
  isForNow?: boolean;
  testid?: string;
};

/** Whoever is chosen stays chosen while others are looked for. */
export function WorkerChoice(props: Wanted) {
  const t = useWords();
  const { within = null, first = [], isRequired = false, isForNow = false, testid = "worker" } = props;
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const initial = { id: first[0]?.worker_id ?? "", text: first[0]?.worker_name ?? "" };
  const [chosen, setChosen] = useState(initial);
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const form = select.current?.form;
    const empty = () => (setChosen(initial), setTyped(""));
    form?.addEventListener("reset", empty);
    return () => form?.removeEventListener("reset", empty);
  }, []);
  const query = { limit: LISTED, ...(within ? { within } : {}), ...(asked ? { q: asked } : {}) };
  const found = useLoaded(() => load(client.GET("/api/v1/workers", { params: { query } })), `workers ${within} ${asked}`, false);
  const items = found.data?.items ?? [];
  const text = (one: Schemas["WorkerOut"]) => {
    const grids = one.grids?.map((grid) => t.named(grid.name)).join("、") ?? "";
    return isForNow ? `${one.name} ${one.open_work}/${one.capacity} ${grids}${one.on_duty ? "" : ` (${t("off_duty")})`}` : `${one.name} ${grids}`;
  };
  const named = new Map(first.map((one) => [one.worker_id ?? "", one.worker_name ?? ""]));
  if (chosen.id && !named.has(chosen.id) && !items.some((one) => one.id === chosen.id)) named.set(chosen.id, chosen.text);
  const others = items.filter((one) => !named.has(one.id ?? ""));
  const sorted = isForNow ? [...others.filter((one) => one.on_duty), ...others.filter((one) => !one.on_duty)] : others;
  const said = found.data === null ? "" : asked && items.length === 0 ? t("nobody_of_that_name") : found.data.next ? t("not_all_listed", { n: items.length }) : "";
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
          onChange={({ currentTarget }) => setChosen({ id: currentTarget.value, text: currentTarget.selectedOptions[0]?.text ?? "" })}
          data-testid={testid}
        >
          {(!isRequired || first.length === 0) && <option value="">{t("choose")}</option>}
          {[...named].map(([id, name]) => <option key={id} value={id}>{name}</option>)}
          {sorted.map((one) => <option key={one.id} value={one.id}>{text(one)}</option>)}
        </select>
      </label>
      <label>
        <small>{t("find_by_name")}</small>
        <input
          type="search"
          value={typed}
          maxLength={100}
          onInput={(event) => setTyped(event.currentTarget.value)}
          // It looks for somebody; it does not send the form.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          data-testid={`${testid}-find`}
        />
      </label>
      <small class="quiet" role="status">{said}</small>
    </div>
  );
}
