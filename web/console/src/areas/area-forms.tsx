// The chosen area: its corners, which keys move; its code and name; cutting it, and taking in a neighbour.
import { useMemo, useState } from "preact/hooks";
import { useWords } from "../hooks/use-translation";
import { type At, insert, merge, moved, neighbours, type Part, type Plan, remove, renamed, sharers, split } from "./topology";

type Step = (plan: Plan, words: string, moving?: number | null) => void;
const STEPS_M = [1, 5, 25];
const KEYS: Record<string, readonly [east: number, north: number]> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const degrees = (at: At): string => at.map((one) => one.toFixed(6)).join(", ");

export function Corners(props: {
  plan: Plan;
  part: Part;
  corner: number | null;
  onCorner: (corner: number | null) => void;
  step: Step;
  move: (plan: Plan, corner: number, to: At) => Plan;
  say: (words: string) => void;
}) {
  const t = useWords();
  const { plan, part } = props;
  const [metres, setMetres] = useState(STEPS_M[1]!);
  const shared = useMemo(() => sharers(plan), [plan]);
  const others = (corner: number) => (shared.get(corner) ?? []).filter((one) => one.key !== part.key).map((one) => t.named(one.name) || one.code).join("、");
  const press = (event: KeyboardEvent, corner: number, n: number, next: number) => {
    const at = plan.corners[corner]!;
    const way = KEYS[event.key];
    if (way) {
      const to = moved(at, way[0] * metres, way[1] * metres);
      const names = others(corner);
      props.step(props.move(plan, corner, to), t(names ? "corner_moved_with" : "corner_moved", { n, at: degrees(to), names }), corner);
    } else if (event.key === "Insert") {
      const beside = plan.corners[next]!;
      props.step(insert(plan, corner, next, [(at[0] + beside[0]) / 2, (at[1] + beside[1]) / 2])[0], t("corner_made"));
    } else if (event.key === "Delete") {
      const without = remove(plan, corner);
      if (without) props.step(without, t("corner_removed"));
      else props.say(t("corner_needed"));
      if (without) (event.currentTarget as HTMLElement).closest("li")?.previousElementSibling?.querySelector("button")?.focus();
    } else return;
    event.preventDefault();
  };
  let n = 0;
  return (
    <section aria-labelledby="corners">
      <h2 id="corners">{t("corners_of", { name: t.named(part.name) || part.code })}</h2>
      <label class="inline">
        {t("step_m")}
        <select value={metres} onChange={(event) => setMetres(Number(event.currentTarget.value))} data-testid="step">
          {STEPS_M.map((one) => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
      <ol class="corners" data-testid="corners">
        {part.rings.flatMap((ring, r) =>
          ring.map((corner, place) => {
            const number = ++n;
            const names = others(corner);
            return (
              <li key={`${r} ${corner}`}>
                <button
                  type="button"
                  class={names ? "small shared" : "small"}
                  aria-pressed={corner === props.corner}
                  aria-label={t(names ? "corner_shared" : "corner_is", { n: number, at: degrees(plan.corners[corner]!), names })}
                  onFocus={() => props.onCorner(corner)}
                  onKeyDown={(event) => press(event, corner, number, ring[(place + 1) % ring.length]!)}
                  data-testid={`corner-${number}`}
                >
                  {number}
                </button>
              </li>
            );
          }),
        )}
      </ol>
    </section>
  );
}

export function Facts(props: { plan: Plan; part: Part; step: (plan: Plan, words: string, chosen?: string) => void; say: (words: string) => void }) {
  const t = useWords();
  const { plan, part } = props;
  const corners = part.rings.flat();
  const beside = neighbours(plan, part.key);
  const name = t.named(part.name) || part.code;
  const said = (event: SubmitEvent) => {
    event.preventDefault();
    return Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
  };
  const rename = (event: SubmitEvent) => {
    const { code = "", zh = "", en = "" } = said(event);
    props.step(renamed(plan, part.key, { code: code.trim(), name: { ...part.name, ...(zh ? { zh: zh.trim() } : {}), ...(en ? { en: en.trim() } : {}) } }), "");
  };
  const cut = (event: SubmitEvent) => {
    const { from, to, code = "", zh = "" } = said(event);
    const key = `new ${code} ${Date.now()}`;
    const next = split(plan, part.key, Number(from), Number(to), { key, code: code.trim(), name: { zh: zh.trim(), en: zh.trim() } });
    if (next) props.step(next, t("split_done", { name: zh }), key);
    else props.say(t("split_impossible"));
  };
  const take = (event: SubmitEvent) => {
    const { other = "" } = said(event);
    const next = merge(plan, part.key, other);
    const gone = plan.parts.find((one) => one.key === other);
    if (next) props.step(next, t("merge_done", { gone: t.named(gone?.name) || gone?.code || "", name }));
    else props.say(t("merge_impossible"));
  };
  const choice = (field: string, chosen: number) => (
    <select name={field} defaultValue={String(corners[chosen % corners.length])} key={`${field} ${corners.join()}`} data-testid={`${field}-corner`}>
      {corners.map((corner, n) => <option key={`${n} ${corner}`} value={corner}>{n + 1}</option>)}
    </select>
  );
  return (
    <>
      <form class="act" onSubmit={rename} aria-label={t("its_name")} data-testid="rename-area">
        <h3>{t("its_name")}</h3>
        <label>{t("code")}<input name="code" required maxLength={64} defaultValue={part.code} /></label>
        <div class="pair">
          <label>{t("name_zh")}<input name="zh" maxLength={200} defaultValue={part.name.zh ?? ""} /></label>
          <label>{t("name_en")}<input name="en" maxLength={200} defaultValue={part.name.en ?? ""} /></label>
        </div>
        <span class="buttons"><button>{t("rename_area")}</button></span>
      </form>
      {part.rings.length === 1 && (
        <form class="act" onSubmit={cut} aria-label={t("split_area")} data-testid="split-area">
          <h3>{t("split_area")}</h3>
          <div class="pair">
            <label>{t("from_corner")}{choice("from", 0)}</label>
            <label>{t("to_corner")}{choice("to", 2)}</label>
          </div>
          <div class="pair">
            <label>{t("new_code")}<input name="code" required maxLength={64} /></label>
            <label>{t("new_zh")}<input name="zh" required maxLength={200} /></label>
          </div>
          <span class="buttons"><button>{t("split_area")}</button></span>
        </form>
      )}
      {beside.length > 0 && (
        <form class="act" onSubmit={take} aria-label={t("merge_with")} data-testid="merge-area">
          <h3>{t("merge_with")}</h3>
          <label>
            {t("merge_other")}
            <select name="other" required>{beside.map((one) => <option key={one.key} value={one.key}>{t.named(one.name) || one.code}</option>)}</select>
          </label>
          <span class="buttons"><button>{t("merge_with")}</button></span>
        </form>
      )}
    </>
  );
}
