// What did not take effect, side by side: what she saw, what she said, and what is there now; and what she can do about it.
import { useEffect, useState } from "preact/hooks";
import { Failure, NoAnswer, Refused } from "../../../src/api/http";
import { api, callApi, store } from "../client";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { enqueueOperations } from "../operations";
import type { Data, DeadLetter, Operation } from "../store";
import { sync } from "../sync";
import { Card } from "../ui/card";
import { operation, status, type TextKey } from "../words";
import { CONFLICTS } from "../words/conflicts";

type Side = { base?: unknown; mine?: unknown; theirs?: unknown };
type Fields = Record<string, Side>;
type Comparison = { name: string; saw: string; mine: string; there: string };
type Choice = "discard" | "retry" | "apply_mine" | "keep_both";

const FREE_TEXT_FIELDS = ["description", "note", "words", "reason"];
export const freeText = (op: Operation) => String(FREE_TEXT_FIELDS.map((name) => op.patch?.[name]).find((value) => value) ?? "");
const isTextKey = (word: string): word is TextKey => word in CONFLICTS;

/** One that this phone sent. */
export function LocalFailure(props: { letter: DeadLetter }) {
  const t = useTranslation();
  const { op, answer, op_id, about } = props.letter;
  const { cases } = useWorkerState();
  const fields = (answer.fields ?? null) as Fields | null;
  const isOfCase = about !== undefined;
  const words = freeText(op);
  const choices: Choice[] = fields ? ["apply_mine", "discard"] : ["retry", "discard"];
  // Her words are worth keeping whatever became of the case; what is a note already is not made one again.
  if (isOfCase && words !== "" && op.op !== "note" && cases.has(about.incident)) choices.splice(1, 0, "keep_both");
  return (
    <Card tone="bad" testid="dead">
      <h3>
        {operation(t.language, op.entity, op.op)} <small>{t.time(op.client_at)}</small>
      </h3>
      <p class="why-not" data-testid="dead-why">{answer.detail ?? answer.code}</p>
      {fields && <FieldComparison fields={fields} />}
      {!fields && isOfCase && <CaseComparison letter={props.letter} />}
      {!fields && !isOfCase && <p class="words">{words}</p>}
      {answer.dead_letter ? (
        <Resolution id={answer.dead_letter} choices={choices} note={isOfCase ? { incident: about.incident, words } : null} after={() => store.dead.delete(op_id)} />
      ) : (
        <button onClick={() => void store.dead.delete(op_id)}>{t("seen")}</button>
      )}
    </Card>
  );
}

/** One of another phone, or of before she signed in here: the server tells of it. */
export function RemoteFailure(props: { letter: Data; texts: LetterTexts | undefined }) {
  const t = useTranslation();
  const { letter, texts } = props;
  const fields = (letter["fields"] ?? null) as Fields | null;
  return (
    <Card tone="bad" testid="letter">
      <h3>{operation(t.language, String(letter["entity"]), String(letter["op"]))}</h3>
      <p class="why-not" data-testid="letter-why">{texts?.why ?? t("letter_later")}</p>
      {texts?.words && <p class="words">{texts.words}</p>}
      {fields && <FieldComparison fields={fields} />}
      <Resolution id={letter.id} choices={fields ? ["apply_mine", "discard"] : ["discard"]} note={null} after={async () => {}} />
    </Card>
  );
}

type LetterTexts = { why: string; words: string };

/** Why, and her words: rows have neither, as sentences are in a language and words are masked for who reads them. */
export function useLetterTexts(letters: Data[]): Map<string, LetterTexts> {
  const { language } = useTranslation();
  const [texts, setTold] = useState(new Map<string, LetterTexts>());
  const letterIds = letters.map(({ id }) => id).join();
  useEffect(() => {
    if (letterIds === "") return;
    const query = { mine: true, state: "open" as const, limit: 100 };
    callApi(() => api.client.GET("/api/v1/sync/dead-letters", { params: { query } })).then(
      ({ items }) => setTold(new Map(items?.map((item) => [item.id ?? "", { why: item.detail ?? "", words: freeText(item.operation as unknown as Operation) }]))),
      (error: unknown) => {
        // Without a network they are told at the next look.
        if (!(error instanceof Failure)) throw error;
      },
    );
  }, [letterIds, language]);
  return texts;
}

/** Fields that the server left alone, as lines; a place is one of them and not two. */
function FieldComparison(props: { fields: Fields }) {
  const t = useTranslation();
  const toText = (value: unknown) => (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));
  const { lon, lat, ...others } = props.fields;
  const at = (side: keyof Side) => [lon?.[side], lat?.[side]].filter((value) => typeof value === "number").map((degrees) => degrees.toFixed(5)).join(",\n");
  const lines: Comparison[] = Object.entries(others).map(([name, sides]) => ({
    name: isTextKey(`field_${name}`) ? t(`field_${name}` as TextKey) : name,
    saw: toText(sides.base),
    mine: toText(sides.mine),
    there: toText(sides.theirs),
  }));
  const place = lon || lat ? [{ name: t("field_place"), saw: at("base"), mine: at("mine"), there: at("theirs") }] : [];
  return <ComparisonTable lines={[...place, ...lines]} />;
}

/** An act on a case: the case as she saw it beside the case as it is, and what she did. */
function CaseComparison(props: { letter: DeadLetter }) {
  const t = useTranslation();
  const { cases } = useWorkerState();
  const category = useCategoryName();
  const { op, about } = props.letter;
  const saw = about?.saw ?? {};
  const there = about && cases.get(about.incident);
  const action = String(op.patch?.["action"] ?? op.op);
  const formatters: Record<string, (snapshot: Record<string, unknown>) => string> = {
    status: (snapshot) => (snapshot["status"] ? status(t.language, String(snapshot["status"])) : ""),
    category: (snapshot) => (snapshot["category"] ? category(String(snapshot["category"])) : ""),
    description: (snapshot) => String(snapshot["description"] ?? ""),
    due_at: (snapshot) => (snapshot["due_at"] ? t.time(String(snapshot["due_at"])) : ""),
  };
  const lines: Comparison[] = Object.entries(formatters)
    .map(([name, tell]) => ({ name, saw: tell(saw), mine: "", there: there ? tell(there as unknown as Record<string, unknown>) : "" }))
    // What is as it was says nothing, but for the state it is in.
    .filter((comparison) => comparison.name === "status" || comparison.saw !== comparison.there)
    .map((comparison) => ({ ...comparison, name: t(`field_${comparison.name}` as TextKey) }));
  return (
    <>
      <p class="words">
        <b>{isTextKey(`act_${action}`) ? t(`act_${action}` as TextKey) : action}</b> {freeText(op)}
      </p>
      <ComparisonTable lines={lines} />
      {!there && <p class="note">{t("case_gone")}</p>}
    </>
  );
}

function ComparisonTable(props: { lines: Comparison[] }) {
  const t = useTranslation();
  // Of an act there is no value of hers beside the two.
  const hasMine = props.lines.some((comparison) => comparison.mine !== "");
  return (
    <table class="beside" data-testid="beside">
      <caption>{t("side_by_side")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("field")}</th><th scope="col">{t("saw")}</th>{hasMine && <th scope="col">{t("mine")}</th>}<th scope="col">{t("now_there")}</th>
        </tr>
      </thead>
      <tbody>
        {props.lines.map((comparison) => {
          const isOther = comparison.there !== "" && comparison.saw !== "" && comparison.there !== comparison.saw;
          return (
            <tr key={comparison.name}>
              <th scope="row">{comparison.name}</th>
              <td>{comparison.saw}</td>
              {hasMine && <td>{comparison.mine}</td>}
              <td class={isOther ? "bad" : ""}>{comparison.there} {isOther && <small>({t("changed")})</small>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Settle a letter on the server, which takes a network. */
function Resolution(props: { id: string; choices: Choice[]; note: { incident: string; words: string } | null; after: () => Promise<void> }) {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isAbout = props.choices.includes("apply_mine") || props.choices.includes("keep_both");
  const words = { discard: t(isAbout ? "leave_theirs" : "seen"), retry: t("try_again"), apply_mine: t("put_mine"), keep_both: t("keep_both") };
  const settle = async (choice: Choice) => {
    setTrouble("");
    setBusy(true);
    try {
      const action = choice === "keep_both" ? "discard" : choice;
      await callApi(() => api.client.POST("/api/v1/sync/dead-letters/{letter_id}/resolve", { params: { path: { letter_id: props.id } }, body: { action, note: null } }));
      // In the history of the case, where who sees it may write: a note for handlers is for who has it.
      if (choice === "keep_both" && props.note) await enqueueOperations({ entity: "incident", op: "transition", id: props.note.incident, patch: { action: "note", note: props.note.words } });
      await props.after();
      sync.requestRound();
    } catch (error) {
      // Somebody has settled it, or it is forgotten: there is nothing left to choose.
      if (error instanceof Refused && (error.status === 404 || error.code === "letter_resolved")) {
        await props.after();
        return sync.requestRound();
      }
      setTrouble(error instanceof NoAnswer ? t("no_network") : (error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      <div class="steps">
        {props.choices.map((choice) => (
          <button key={choice} disabled={isBusy} onClick={() => void settle(choice)} data-testid={`settle-${choice}`}>{words[choice]}</button>
        ))}
      </div>
    </>
  );
}
