// Looking for herself: before a matter is filed whether it is so, afterwards whether it is done.
import { useWords } from "../hooks/use-translation";
import { Photos } from "../media/photos";
import { doneThen } from "../navigation";
import { act, onCase } from "../operations";
import { Act } from "../ui/action-button";
import type { Task } from "../model";
import { useStep } from "./presence-proof";

// The first needs no words; the others do.
const RESULTS = { check: ["pass", "not_pass", "unable"], verify: ["exists", "not_exist", "unable"] } as const;
type Answer = (typeof RESULTS)["check" | "verify"][number];

export function Looking(props: { task: Task; what: "check" | "verify" }) {
  const t = useWords();
  const { task, what } = props;
  const { words, setWords, forget, here, tell, asked, media, named } = useStep(task, "near");
  const called = (result: Answer) => t(`${what}_${result}` as "check_pass");
  const answer = (result: Answer) =>
    doneThen("", async () => {
      const proof = await tell();
      if (proof === null) return false;
      await act(onCase(task, what, { result, ...(words.trim() ? { note: words.trim() } : {}), ...proof, ...(what === "verify" && media.length ? { media } : {}) }));
      await named();
      return forget();
    });
  return (
    <>
      <Photos incident={task.incident.id} kinds={["near"]} here={here} />
      <label>
        {t(`${what}_words`)}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid={`${what}-words`} />
      </label>
      <p class="note">{t("words_first", { what: called(RESULTS[what][0]) })}</p>
      {asked}
      <div class="steps">
        {RESULTS[what].map((result, n) => (
          <Act
            key={result}
            class={n === 0 ? "main" : n === 1 ? "danger" : ""}
            disabled={n > 0 && words.trim() === ""}
            doing={() => answer(result)}
            data-testid={`${what}-${result}`}
          >
            {called(result)}
          </Act>
        ))}
      </div>
    </>
  );
}
