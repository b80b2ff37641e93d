// Proof of presence at a step that is taken where the case is: her place, and where the rules ask for it, why it is not shown.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { type Fix, type Here, useFix } from "../geolocation";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import type { Kind } from "../media-upload";
import { type Doubt, doubtOf } from "../presence";
import type { DeadLetter } from "../store";
import { useTaken } from "../unattached-photos";
import { NAMED_AT_MOST } from "../worker-state";
import { type Task } from "../model";

type Proof = { fix?: Fix; presence_reason?: string };
const NEAR = { radius_m: 100, fresh_minutes: 10 };

type Step = {
  words: string;
  setWords: (words: string) => void;
  /** Of what was written: it was sent. */
  forget: () => Promise<void>;
  here: Here;
  tell: () => Promise<Proof | null>;
  asked: ComponentChildren;
  /** Whether such a step was refused since it takes two people and she did not say why she works alone. */
  asksAlone: boolean;
  /** The photos that it names, and what to call when it has named them. */
  media: string[];
  named: () => Promise<void>;
};

/** A step that is told in words, with photos of one kind and with proof of presence. */
export function useStep(task: Task, kind: Kind): Step {
  const refused = useRefused(task);
  const { value, set, forget } = useDraft(...draftOf(task, refused));
  const proof = useProof(task, refused, value.reason, (reason) => set({ reason }));
  const taken = useTaken(task, kind);
  return { words: value.words, setWords: (words) => set({ words }), forget: () => forget(), ...proof, asksAlone: refused !== null && asksFor(refused.answer, "alone_reason"), media: namedBy(refused, taken.ids), named: taken.named };
}

/** What the server did not take of such a step since her place or the other person was missing; null: nothing. */
function useRefused(task: Task): DeadLetter | null {
  const { dead } = useWork();
  return dead.filter(({ op, answer }) => op.id === task.incident.id && op.op === "transition" && (answer.code === "presence_not_shown" || asksWhy(answer) || asksFor(answer, "alone_reason"))).at(-1) ?? null;
}

const asksFor = (answer: DeadLetter["answer"], field: string) => (answer.errors ?? []).some((fault) => fault["field"] === field);
const asksWhy = (answer: DeadLetter["answer"]) => asksFor(answer, "presence_reason");

/**
 * `tell` gives what goes with the step, or null: first she is to say why, or is told that the step will not be taken, and she
 * presses once more. `asked` is what to show above the buttons.
 */
function useProof(task: Task, refused: DeadLetter | null, reason: string, onReason: (text: string) => void): { here: Here; tell: () => Promise<Proof | null>; asked: ComponentChildren } {
  const t = useWords();
  const { categories, presence } = useWork();
  const here = useFix();
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const rule = categories.find((some) => some.code === task.incident.category)?.presence ?? presence;
  const mustSayWhy = rule?.policy === "require_reason" || (refused !== null && asksWhy(refused.answer));
  const isBlocked = !mustSayWhy && rule?.policy === "block";
  const isAsking = mustSayWhy && (doubt !== null || (refused !== null && asksWhy(refused.answer)));
  const tell = async (): Promise<Proof | null> => {
    const proof = await here();
    const place = task.incident.location?.coordinates;
    const found = place ? doubtOf(rule ?? NEAR, proof.fix, place, Date.now()) : null;
    setDoubt(found);
    const said = reason.trim();
    if (found !== null && mustSayWhy && said === "") return null;
    if (found !== null && isBlocked && doubt === null) return null;
    return { ...proof, ...(mustSayWhy && said !== "" ? { presence_reason: said } : {}) };
  };
  const asked = (
    <>
      {doubt !== null && (mustSayWhy || isBlocked) && (
        <p class="bad" role="alert" data-testid="doubt">{t(`doubt_${doubt}`)} {t(isBlocked ? "presence_blocked" : "presence_say_why")}</p>
      )}
      {isAsking && (
        <label>
          {t("presence_reason")}
          <input value={reason} maxLength={500} onInput={(e) => onReason(e.currentTarget.value)} data-testid="presence-reason" />
        </label>
      )}
    </>
  );
  return { here, tell, asked };
}

/** What she wrote of a task and has not sent; what was refused for want of proof stands there again. */
function draftOf(task: Task, refused: DeadLetter | null): [string, { words: string; reason: string }] {
  return [`task ${task.id}`, { words: String(refused?.op.patch?.["note"] ?? ""), reason: "" }];
}

/** What a step names: the photos that the refused one named, and those taken since. */
function namedBy(refused: DeadLetter | null, taken: string[]): string[] {
  const before = (refused?.op.patch?.["media"] as string[] | undefined) ?? [];
  return [...new Set([...before, ...taken])].slice(-NAMED_AT_MOST);
}
