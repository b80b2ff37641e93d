// Proof of presence at a step that is taken where the case is: her place, and where the rules ask for it, why it is not shown.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { type Fix, type GetFix, useFix } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { PhotoKind } from "../media-upload";
import { type Doubt, doubtOf } from "../presence";
import type { DeadLetter } from "../store";
import { useUnattachedPhotos } from "../unattached-photos";
import { MAX_MEDIA_PER_STEP } from "../worker-state";
import { type Task } from "../model";

type Proof = { fix?: Fix; presence_reason?: string };
const NEAR = { radius_m: 100, fresh_minutes: 10 };

type SiteStep = {
  words: string;
  setWords: (words: string) => void;
  /** Of what was written: it was sent. */
  forget: () => Promise<void>;
  getFix: GetFix;
  collectProof: () => Promise<Proof | null>;
  presencePrompt: ComponentChildren;
  /** Whether such a step was refused since it takes two people and she did not say why she works alone. */
  isAloneReasonRequired: boolean;
  /** The photos that it names, and what to call when it has named them. */
  media: string[];
  markMediaNamed: () => Promise<void>;
};

/** A step that is told in words, with photos of one kind and with proof of presence. */
export function useSiteStep(task: Task, kind: PhotoKind): SiteStep {
  const refused = useRefusedStep(task);
  const { value, set, forget } = useDraft(...initialDraft(task, refused));
  const proof = useProof(task, refused, value.reason, (reason) => set({ reason }));
  const taken = useUnattachedPhotos(task, kind);
  return { words: value.words, setWords: (words) => set({ words }), forget: () => forget(), ...proof, isAloneReasonRequired: refused !== null && isFieldMissing(refused.answer, "alone_reason"), media: mediaOfStep(refused, taken.ids), markMediaNamed: taken.named };
}

/** What the server did not take of such a step since her place or the other person was missing; null: nothing. */
function useRefusedStep(task: Task): DeadLetter | null {
  const { dead } = useWorkerState();
  return dead.filter(({ op, answer }) => op.id === task.incident.id && op.op === "transition" && (answer.code === "presence_not_shown" || isReasonMissing(answer) || isFieldMissing(answer, "alone_reason"))).at(-1) ?? null;
}

const isFieldMissing = (answer: DeadLetter["answer"], field: string) => (answer.errors ?? []).some((fault) => fault["field"] === field);
const isReasonMissing = (answer: DeadLetter["answer"]) => isFieldMissing(answer, "presence_reason");

/**
 * `tell` gives what goes with the step, or null: first she is to say why, or is told that the step will not be taken, and she
 * presses once more. `asked` is what to show above the buttons.
 */
function useProof(task: Task, refused: DeadLetter | null, reason: string, onReason: (text: string) => void): { getFix: GetFix; collectProof: () => Promise<Proof | null>; presencePrompt: ComponentChildren } {
  const t = useTranslation();
  const { categories, presence } = useWorkerState();
  const getFix = useFix();
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const rule = categories.find((category) => category.code === task.incident.category)?.presence ?? presence;
  const mustSayWhy = rule?.policy === "require_reason" || (refused !== null && isReasonMissing(refused.answer));
  const isBlocked = !mustSayWhy && rule?.policy === "block";
  const isAsking = mustSayWhy && (doubt !== null || (refused !== null && isReasonMissing(refused.answer)));
  const collectProof = async (): Promise<Proof | null> => {
    const proof = await getFix();
    const place = task.incident.location?.coordinates;
    const newDoubt = place ? doubtOf(rule ?? NEAR, proof.fix, place, Date.now()) : null;
    setDoubt(newDoubt);
    const reasonText = reason.trim();
    if (newDoubt !== null && mustSayWhy && reasonText === "") return null;
    if (newDoubt !== null && isBlocked && doubt === null) return null;
    return { ...proof, ...(mustSayWhy && reasonText !== "" ? { presence_reason: reasonText } : {}) };
  };
  const presencePrompt = (
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
  return { getFix, collectProof, presencePrompt };
}

/** What she wrote of a task and has not sent; what was refused for want of proof stands there again. */
function initialDraft(task: Task, refused: DeadLetter | null): [string, { words: string; reason: string }] {
  return [`task ${task.id}`, { words: String(refused?.op.patch?.["note"] ?? ""), reason: "" }];
}

/** What a step names: the photos that the refused one named, and those taken since. */
function mediaOfStep(refused: DeadLetter | null, taken: string[]): string[] {
  const before = (refused?.op.patch?.["media"] as string[] | undefined) ?? [];
  return [...new Set([...before, ...taken])].slice(-MAX_MEDIA_PER_STEP);
}
