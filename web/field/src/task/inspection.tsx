// Verification before a case is filed, and checking after it was handled.
import { useTranslation } from "../hooks/use-translation";
import { Photos } from "../media/photos";
import type { Task } from "../tasks";
import { runThenGo } from "../navigation";
import { caseTransition, enqueueOperations } from "../operations";
import { ActionBar } from "../ui/action-bar";
import { ActionButton } from "../ui/action-button";
import { markNamed } from "../unattached-photos";
import { useSiteStep } from "./presence-proof";

// The first result needs no text; the others do.
const RESULTS = { check: ["pass", "not_pass", "unable"], verify: ["exists", "not_exist", "unable"] } as const;
type Answer = (typeof RESULTS)["check" | "verify"][number];

export function Inspection(props: { task: Task; kind: "check" | "verify" }) {
  const t = useTranslation();
  const { task, kind } = props;
  const { words, setWords, forget, getFix, collectProof, presencePrompt, collectMedia } = useSiteStep(task, "near");
  const resultText = (result: Answer) => t(`${kind}_${result}` as "check_pass");
  const submit = (result: Answer) =>
    runThenGo("", async () => {
      const proof = await collectProof();
      if (proof === null) return false;
      const media = await collectMedia();
      await enqueueOperations(
        caseTransition(task, kind, {
          result,
          ...(words.trim() ? { note: words.trim() } : {}),
          ...proof,
          ...(kind === "verify" && media.length ? { media } : {}),
        }),
      );
      await markNamed(media);
      return forget();
    });
  return (
    <>
      <Photos incident={task.incident.id} kinds={["near"]} getFix={getFix} />
      <label>
        {t(`${kind}_words`)}
        <textarea
          rows={3}
          maxLength={2000}
          value={words}
          onInput={(e) => setWords(e.currentTarget.value)}
          data-testid={`${kind}-words`}
        />
      </label>
      <p class="note">{t("words_first", { what: resultText(RESULTS[kind][0]) })}</p>
      {presencePrompt}
      <ActionBar>
        {RESULTS[kind].map((result, n) => (
          <ActionButton
            key={result}
            class={n === 0 ? "main" : n === 1 ? "danger" : ""}
            disabled={n > 0 && words.trim() === ""}
            onPress={() => submit(result)}
            data-testid={`${kind}-${result}`}
          >
            {resultText(result)}
          </ActionButton>
        ))}
      </ActionBar>
    </>
  );
}
