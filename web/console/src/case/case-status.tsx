// What stands beside a case's state: limits with their stages, more time, contests, supervision, orders; and the parts of units.
import { useWords } from "../hooks/use-translation";
import { STEP, TIME_UNIT } from "../words/codes";
import type { Begun, Case } from "./types";

const COUNTS = [
  ["contested_count", "contested_times"],
  ["rework_count", "rework_times"],
  ["returned_count", "returned_times"],
  ["urged_count", "urged_times"],
  ["extended_count", "extended_times"],
] as const;

/** More time that was asked for and other things that wait or hold now, and how often each thing came. */
export function Beside(props: { of: Case; onBegin: (begun: Begun) => void }) {
  const t = useWords();
  const one = props.of;
  const level = (["level_1", "level_2", "level_3"] as const)[(one.supervised?.level ?? 1) - 1] ?? "level_1";
  const decide = ["grant_extension", "refuse_extension"].filter((action) => one.allowed?.includes(action));
  const counted = COUNTS.filter(([name]) => (one[name] ?? 0) > 0);
  const lines = [
    one.waiting && t("waits_since", { at: t.at(one.waiting.since) }),
    one.supervised && t("supervised_since", { level: t(level), at: t.at(one.supervised.since) }),
    one.review_at && t("review_on", { at: t.at(one.review_at) }),
    one.pinned_to && t("pinned_to", { name: one.pinned_to.name ?? "" }),
    one.locked_at && t("locked_since", { at: t.at(one.locked_at) }),
    one.ended && `${t("why_over")}: ${t.named(one.ended.name)}${one.ended.words ? ` (${one.ended.words})` : ""}`,
  ].filter(Boolean);
  if (!one.extension && counted.length === 0 && lines.length === 0) return null;
  return (
    <section aria-labelledby="standing" data-testid="beside">
      <h2 id="standing" class="unseen">{t("standing")}</h2>
      {one.extension && (
        <p class="order" data-testid="extension">
          {t("more_time_of", { at: t.at(one.extension.since), n: `${one.extension.amount} ${unitOf(one, t)}` })}{" "}
          {decide.map((action) => (
            <button key={action} type="button" class="small" onClick={() => props.onBegin({ action, worker: null })}>{t.code(STEP, action)}</button>
          ))}
        </p>
      )}
      {lines.map((line) => <p key={String(line)} class="order">{line}</p>)}
      {counted.length > 0 && <p>{counted.map(([name, word]) => t(word, { n: one[name] ?? 0 })).join(" · ")}</p>}
    </section>
  );
}

const unitOf = (one: Case, t: ReturnType<typeof useWords>) => t.code(TIME_UNIT, one.deadlines?.find((limit) => limit.stage === "handle")?.unit);
