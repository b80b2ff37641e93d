// Looking for herself: before a matter is filed whether it is so, afterwards whether it is done.
import { Act } from "../acting";
import { act } from "../device";
import { useDraft } from "../drafts";
import { useTaken } from "../taken";
import { doneThen, useWords } from "../ui";
import type { Task } from "../work";
import { Photos } from "./photos";
import { draftOf, namedBy, useProof, useRefused } from "./proof";
import { onCase } from "./task";

// The first needs no words; the others do.
const RESULTS = { check: ["pass", "not_pass", "unable"], verify: ["exists", "not_exist", "unable"] } as const;
type Answer = (typeof RESULTS)["check" | "verify"][number];

export function Looking(props: { task: Task; what: "check" | "verify" }) {
  const t = useWords();
  const { task, what } = props;
  const refused = useRefused(task);
  const { value, set, forget } = useDraft(...draftOf(task, refused));
  const { words } = value;
  const { here, tell, asked } = useProof(task, value.reason, (reason) => set({ reason }));
  const taken = useTaken(task, "near");
  const named = (result: Answer) => t(`${what}_${result}` as "check_pass");
  const answer = (result: Answer) =>
    doneThen("", async () => {
      const proof = await tell();
      if (proof === null) return false;
      const media = what === "verify" ? namedBy(refused, taken.ids) : [];
      await act(onCase(task, what, { result, ...(words.trim() ? { note: words.trim() } : {}), ...proof, ...(media.length ? { media } : {}) }));
      await taken.named();
      return forget();
    });
  return (
    <>
      <Photos incident={task.incident.id} kinds={["near"]} here={here} />
      <label>
        {t(`${what}_words`)}
        <textarea rows={3} maxLength={2000} value={words} onInput={(e) => set({ words: e.currentTarget.value })} data-testid={`${what}-words`} />
      </label>
      <p class="note">{t("words_first", { what: named(RESULTS[what][0]) })}</p>
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
            {named(result)}
          </Act>
        ))}
      </div>
    </>
  );
}
