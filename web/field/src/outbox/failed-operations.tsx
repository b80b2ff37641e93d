// Operations that did not take effect: the values that the worker saw, sent, and that are current, with ways to resolve
// each.
import { useEffect, useState } from "preact/hooks";
import { Failure, Refused } from "../../../src/api/http";
import { api, callApi, store } from "../client";
import { failureText } from "../failure-text";
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
type Comparison = { name: string; seenValue: string; ownValue: string; currentValue: string };
type Choice = "discard" | "retry" | "apply_mine" | "keep_both";

const FREE_TEXT_FIELDS = ["description", "note", "words", "reason"];
export const freeText = (op: Operation) =>
  String(FREE_TEXT_FIELDS.map((name) => op.patch?.[name]).find((value) => value) ?? "");
const isTextKey = (word: string): word is TextKey => word in CONFLICTS;

/** A failed operation of this phone. */
export function LocalFailure(props: { letter: DeadLetter }) {
  const t = useTranslation();
  const { op, answer, op_id, about } = props.letter;
  const { cases } = useWorkerState();
  const fields = (answer.fields ?? null) as Fields | null;
  const isOfCase = about !== undefined;
  const words = freeText(op);
  const choices: Choice[] = fields ? ["apply_mine", "discard"] : ["retry", "discard"];
  // The text is kept as a note whatever happened to the case; a note is not turned into a note again.
  if (isOfCase && words !== "" && op.op !== "note" && cases.has(about.incident)) choices.splice(1, 0, "keep_both");
  return (
    <Card tone="bad" testid="dead">
      <h3>
        {operation(t.language, op.entity, op.op)} <small>{t.time(op.client_at)}</small>
      </h3>
      <p class="why-not" data-testid="dead-why">
        {answer.detail ?? answer.code}
      </p>
      {fields && <FieldComparison fields={fields} />}
      {!fields && isOfCase && <CaseComparison letter={props.letter} />}
      {!fields && !isOfCase && <p class="words">{words}</p>}
      {answer.dead_letter ? (
        <Resolution
          id={answer.dead_letter}
          choices={choices}
          note={isOfCase ? { incident: about.incident, words } : null}
          after={() => store.dead.delete(op_id)}
        />
      ) : (
        <button onClick={() => void store.dead.delete(op_id)}>{t("seen")}</button>
      )}
    </Card>
  );
}

/** A failed operation of another phone, or from before this sign-in. Its details come from the server. */
export function RemoteFailure(props: { letter: Data; texts: LetterTexts | undefined }) {
  const t = useTranslation();
  const { letter, texts } = props;
  const fields = (letter["fields"] ?? null) as Fields | null;
  return (
    <Card tone="bad" testid="letter">
      <h3>{operation(t.language, String(letter["entity"]), String(letter["op"]))}</h3>
      <p class="why-not" data-testid="letter-why">
        {texts?.why ?? t("letter_later")}
      </p>
      {texts?.words && <p class="words">{texts.words}</p>}
      {fields && <FieldComparison fields={fields} />}
      <Resolution
        id={letter.id}
        choices={fields ? ["apply_mine", "discard"] : ["discard"]}
        note={null}
        after={async () => {}}
      />
    </Card>
  );
}

type LetterTexts = { why: string; words: string };

/**
 * Fetch the reason and the free text of dead letters: rows contain neither, as both depend on the reader (language,
 * masking).
 */
export function useLetterTexts(letters: Data[]): Map<string, LetterTexts> {
  const { language } = useTranslation();
  const [texts, setTexts] = useState(new Map<string, LetterTexts>());
  const letterIds = letters.map(({ id }) => id).join();
  useEffect(() => {
    if (letterIds === "") return;
    const query = { mine: true, state: "open" as const, limit: 100 };
    callApi(() => api.client.GET("/api/v1/sync/dead-letters", { params: { query } })).then(
      ({ items }) =>
        setTexts(
          new Map(
            items?.map((item) => [
              item.id ?? "",
              { why: item.detail ?? "", words: freeText(item.operation as unknown as Operation) },
            ]),
          ),
        ),
      (error: unknown) => {
        // Without a network they are fetched when the page is opened again.
        if (!(error instanceof Failure)) throw error;
      },
    );
  }, [letterIds, language]);
  return texts;
}

/** Compare the fields that the server did not change. Longitude and latitude are one row. */
function FieldComparison(props: { fields: Fields }) {
  const t = useTranslation();
  const toText = (value: unknown) =>
    value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const { lon, lat, ...others } = props.fields;
  const at = (side: keyof Side) =>
    [lon?.[side], lat?.[side]]
      .filter((value) => typeof value === "number")
      .map((degrees) => degrees.toFixed(5))
      .join(",\n");
  const lines: Comparison[] = Object.entries(others).map(([name, sides]) => ({
    name: isTextKey(`field_${name}`) ? t(`field_${name}` as TextKey) : name,
    seenValue: toText(sides.base),
    ownValue: toText(sides.mine),
    currentValue: toText(sides.theirs),
  }));
  const place =
    lon || lat
      ? [{ name: t("field_place"), seenValue: at("base"), ownValue: at("mine"), currentValue: at("theirs") }]
      : [];
  return <ComparisonTable lines={[...place, ...lines]} />;
}

/** Compare the case as the worker saw it with the current case, and show the operation. */
function CaseComparison(props: { letter: DeadLetter }) {
  const t = useTranslation();
  const { cases } = useWorkerState();
  const category = useCategoryName();
  const { op, about } = props.letter;
  const seenSnapshot = about?.saw ?? {};
  const currentIncident = about && cases.get(about.incident);
  const action = String(op.patch?.["action"] ?? op.op);
  const formatters: Record<string, (snapshot: Record<string, unknown>) => string> = {
    status: (snapshot) => (snapshot["status"] ? status(t.language, String(snapshot["status"])) : ""),
    category: (snapshot) => (snapshot["category"] ? category(String(snapshot["category"])) : ""),
    description: (snapshot) => String(snapshot["description"] ?? ""),
    due_at: (snapshot) => (snapshot["due_at"] ? t.time(String(snapshot["due_at"])) : ""),
  };
  const lines: Comparison[] = Object.entries(formatters)
    .map(([name, format]) => ({
      name,
      seenValue: format(seenSnapshot),
      ownValue: "",
      currentValue: currentIncident ? format(currentIncident as unknown as Record<string, unknown>) : "",
    }))
    // Unchanged fields are left out, except the status.
    .filter((comparison) => comparison.name === "status" || comparison.seenValue !== comparison.currentValue)
    .map((comparison) => ({ ...comparison, name: t(`field_${comparison.name}` as TextKey) }));
  return (
    <>
      <p class="words">
        <b>{isTextKey(`act_${action}`) ? t(`act_${action}` as TextKey) : action}</b> {freeText(op)}
      </p>
      <ComparisonTable lines={lines} />
      {!currentIncident && <p class="note">{t("case_gone")}</p>}
    </>
  );
}

function ComparisonTable(props: { lines: Comparison[] }) {
  const t = useTranslation();
  // An operation on a case has no own value to compare.
  const hasMine = props.lines.some((comparison) => comparison.ownValue !== "");
  return (
    <table class="beside" data-testid="beside">
      <caption>{t("side_by_side")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("field")}</th>
          <th scope="col">{t("saw")}</th>
          {hasMine && <th scope="col">{t("mine")}</th>}
          <th scope="col">{t("now_there")}</th>
        </tr>
      </thead>
      <tbody>
        {props.lines.map((comparison) => {
          const isOther =
            comparison.currentValue !== "" &&
            comparison.seenValue !== "" &&
            comparison.currentValue !== comparison.seenValue;
          return (
            <tr key={comparison.name}>
              <th scope="row">{comparison.name}</th>
              <td>{comparison.seenValue}</td>
              {hasMine && <td>{comparison.ownValue}</td>}
              <td class={isOther ? "bad" : ""}>
                {comparison.currentValue} {isOther && <small>({t("changed")})</small>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Buttons that resolve a dead letter on the server. They need a network. */
function Resolution(props: {
  id: string;
  choices: Choice[];
  note: { incident: string; words: string } | null;
  after: () => Promise<void>;
}) {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isAbout = props.choices.includes("apply_mine") || props.choices.includes("keep_both");
  const words = {
    discard: t(isAbout ? "leave_theirs" : "seen"),
    retry: t("try_again"),
    apply_mine: t("put_mine"),
    keep_both: t("keep_both"),
  };
  const settle = async (choice: Choice) => {
    setTrouble("");
    setBusy(true);
    try {
      const action = choice === "keep_both" ? "discard" : choice;
      await callApi(() =>
        api.client.POST("/api/v1/sync/dead-letters/{letter_id}/resolve", {
          params: { path: { letter_id: props.id } },
          body: { action, note: null },
        }),
      );
      // Stored in the history of the case and not as an incident note, which only handlers may write.
      if (choice === "keep_both" && props.note)
        await enqueueOperations({
          entity: "incident",
          op: "transition",
          id: props.note.incident,
          patch: { action: "note", note: props.note.words },
        });
      await props.after();
      sync.requestRound();
    } catch (error) {
      // Somebody else has resolved the letter, or it was deleted.
      if (error instanceof Refused && (error.status === 404 || error.code === "letter_resolved")) {
        await props.after();
        return sync.requestRound();
      }
      setTrouble(failureText(t, error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <div class="steps">
        {props.choices.map((choice) => (
          <button key={choice} disabled={isBusy} onClick={() => void settle(choice)} data-testid={`settle-${choice}`}>
            {words[choice]}
          </button>
        ))}
      </div>
    </>
  );
}
