// Verification before a case is filed, and checking after it was handled.
import { useTranslation } from "../hooks/use-translation";
import { Photos } from "../media/photos";
import { runThenGo } from "../navigation";
import { enqueueOperations, caseTransition } from "../operations";
import { ActionButton } from "../ui/action-button";
import type { Task } from "../model";
import { useSiteStep } from "./presence-proof";

// The first result needs no text; the others do.
const RESULTS = { check: ["pass", "not_pass", "unable"], verify: ["exists", "not_exist", "unable"] } as const;
type Answer = (typeof RESULTS)["check" | "verify"][number];

export function Inspection(props: { task: Task; what: "check" | "verify" }) {
  const t = useTranslation();
  const { task, what } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, media, markMediaNamed } = useSiteStep(task, "near");
  const resultText = (result: Answer) => t(`${what}_${result}` as "check_pass");
  const answer = (result: Answer) =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      await enqueueOperations(caseTransition(task, what, { result, ...(words.trim() ? { note: words.trim() } : {}), ...proof, ...(what === "verify" && media.length ? { media } : {}) }));
      await markMediaNamed();
      return forget();
    });
  return (
    <>
      <Photos incident={task.incident.id} kinds={["near"]} getFix={getFix} />
      <label>
        {t(`${what}_words`)}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid={`${what}-words`} />
      </label>
      <p class="note">{t("words_first", { what: resultText(RESULTS[what][0]) })}</p>
      {presencePrompt}
      <div class="steps">
        {RESULTS[what].map((result, n) => (
          <ActionButton
            key={result}
            class={n === 0 ? "main" : n === 1 ? "danger" : ""}
            disabled={n > 0 && words.trim() === ""}
            onPress={() => answer(result)}
            data-testid={`${what}-${result}`}
          >
            {resultText(result)}
          </ActionButton>
        ))}
      </div>
    </>
  );
}
