// Proof of presence for steps at the place of the case: the phone's position, and a reason if the rules require one.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDraft } from "../drafts";
import { type Fix, type GetFix, useFix } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { PhotoKind } from "../media-upload";
import type { Task } from "../tasks";
import { type Doubt, doubtOf } from "../presence";
import type { DeadLetter } from "../store";
import { readUnattachedPhotos } from "../unattached-photos";
import { MAX_MEDIA_PER_STEP } from "../feedback-photos";

type Proof = { fix?: Fix; presence_reason?: string };
const NEAR = { radius_m: 100, fresh_minutes: 10 };

type SiteStep = {
  words: string;
  setWords: (words: string) => void;
  /** Delete the draft after it was sent. */
  forget: () => Promise<void>;
  getFix: GetFix;
  collectProof: () => Promise<Proof | null>;
  presencePrompt: ComponentChildren;
  /** True if the step was refused because it needs two people and no reason for working alone was given. */
  isAloneReasonRequired: boolean;
  /** Wait until the photos are stored, and return the media that the step names. `markNamed` comes after the step. */
  collectMedia: () => Promise<string[]>;
};

/** State of a step with text, photos of one kind and proof of presence. */
export function useSiteStep(task: Task, kind: PhotoKind): SiteStep {
  const refused = useRefusedStep(task);
  const { value, set, forget } = useDraft(...initialDraft(task, refused));
  const proof = useProof(task, refused, value.reason, (reason) => set({ reason }));
  return {
    words: value.words,
    setWords: (words) => set({ words }),
    forget: () => forget(),
    ...proof,
    isAloneReasonRequired: refused !== null && isFieldMissing(refused.answer, "alone_reason"),
    collectMedia: async () => mediaOfStep(refused, await readUnattachedPhotos(task.incident.id, kind)),
  };
}

/** Return the last refused step of a task that lacks a proof of presence or the second worker, or null. */
function useRefusedStep(task: Task): DeadLetter | null {
  const { dead } = useWorkerState();
  return (
    dead
      .filter(
        ({ op, answer }) =>
          op.id === task.incident.id &&
          op.op === "transition" &&
          (answer.code === "presence_not_shown" || isReasonMissing(answer) || isFieldMissing(answer, "alone_reason")),
      )
      .at(-1) ?? null
  );
}

const isFieldMissing = (answer: DeadLetter["answer"], field: string) =>
  (answer.errors ?? []).some((fault) => String(fault["field"]).replace(/^patch\./, "") === field);
const isReasonMissing = (answer: DeadLetter["answer"]) => isFieldMissing(answer, "presence_reason");

/**
 * `collectProof` returns the proof to send with the step, or null: then a reason is required, or the page has warned that the step
 * will be refused and the worker has to press again. `presencePrompt`: what to show above the buttons.
 */
function useProof(
  task: Task,
  refused: DeadLetter | null,
  reason: string,
  onReason: (text: string) => void,
): { getFix: GetFix; collectProof: () => Promise<Proof | null>; presencePrompt: ComponentChildren } {
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
        <p class="bad" role="alert" data-testid="doubt">
          {t(`doubt_${doubt}`)} {t(isBlocked ? "presence_blocked" : "presence_say_why")}
        </p>
      )}
      {isAsking && (
        <label>
          {t("presence_reason")}
          <input
            value={reason}
            maxLength={500}
            onInput={(e) => onReason(e.currentTarget.value)}
            data-testid="presence-reason"
          />
        </label>
      )}
    </>
  );
  return { getFix, collectProof, presencePrompt };
}

/** Name and initial value of a task's draft: the note of a step that was refused for lack of proof. */
function initialDraft(task: Task, refused: DeadLetter | null): [string, { words: string; reason: string }] {
  return [`task ${task.id}`, { words: String(refused?.op.patch?.["note"] ?? ""), reason: "" }];
}

/** Return the media that a step names: those of the refused step, and those taken since. */
function mediaOfStep(refused: DeadLetter | null, newIds: string[]): string[] {
  const before = (refused?.op.patch?.["media"] as string[] | undefined) ?? [];
  return [...new Set([...before, ...newIds])].slice(-MAX_MEDIA_PER_STEP);
}
