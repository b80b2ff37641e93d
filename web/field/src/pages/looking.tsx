// Looking for herself: before a matter is filed whether it is so, afterwards whether it is done.
import { useState } from "preact/hooks";
import { act } from "../device";
import { doneThen, useFix, useWords } from "../ui";
import type { Task } from "../work";
import { Photos } from "./photos";
import { onCase, useTaken } from "./task";

// The first needs no words; the others do.
const RESULTS = { check: ["pass", "not_pass", "unable"], verify: ["exists", "not_exist", "unable"] } as const;
type Answer = (typeof RESULTS)["check" | "verify"][number];

export function Looking(props: { task: Task; what: "check" | "verify" }) {
  const t = useWords();
  const { task, what } = props;
  const here = useFix();
  const [words, setWords] = useState("");
  const shown = useTaken(task, "near");
  const named = (result: Answer) => t(`${what}_${result}` as "check_pass");
  const answer = async (result: Answer) => {
    const media = what === "verify" && shown.length > 0 ? { media: shown } : {};
    await doneThen("", () => act(onCase(task, what, { result, ...(words.trim() ? { note: words.trim() } : {}), ...here(), ...media })));
  };
  return (
    <>
      <Photos incident={task.incident.id} kinds={["near"]} here={here} />
      <label>
        {t(`${what}_words`)}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => setWords(e.currentTarget.value)} data-testid={`${what}-words`} />
      </label>
      <p class="note">{t("words_first", { what: named(RESULTS[what][0]) })}</p>
      <div class="steps">
        {RESULTS[what].map((result, n) => (
          <button
            key={result}
            class={n === 0 ? "main" : n === 1 ? "danger" : ""}
            disabled={n > 0 && words.trim() === ""}
            onClick={() => void answer(result)}
            data-testid={`${what}-${result}`}
          >
            {named(result)}
          </button>
        ))}
      </div>
    </>
  );
}
