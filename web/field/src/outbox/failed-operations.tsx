// What did not take effect, side by side: what she saw, what she said, and what is there now; and what she can do about it.
import { useEffect, useState } from "preact/hooks";
import { Failure, NoAnswer, Refused } from "../../../src/api/http";
import { api, callApi, store } from "../client";
import { useCategory } from "../hooks/use-category-name";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { act } from "../operations";
import type { Data, DeadLetter, Op } from "../store";
import { sync } from "../sync";
import { Card } from "../ui/card";
import { operation, status, type Word } from "../words";
import { CONFLICTS } from "../words/conflicts";

type Side = { base?: unknown; mine?: unknown; theirs?: unknown };
type Fields = Record<string, Side>;
type Line = { name: string; saw: string; mine: string; there: string };
type Choice = "discard" | "retry" | "apply_mine" | "keep_both";

const WORDS_OF = ["description", "note", "words", "reason"];
export const inWords = (op: Op) => String(WORDS_OF.map((name) => op.patch?.[name]).find((value) => value) ?? "");
const known = (word: string): word is Word => word in CONFLICTS;

/** One that this phone sent. */
export function Failed(props: { letter: DeadLetter }) {
  const t = useWords();
  const { op, answer, op_id, about } = props.letter;
  const { cases } = useWork();
  const fields = (answer.fields ?? null) as Fields | null;
  const isOfCase = about !== undefined;
  const words = inWords(op);
  const choices: Choice[] = fields ? ["apply_mine", "discard"] : ["retry", "discard"];
  // Her words are worth keeping whatever became of the case; what is a note already is not made one again.
  if (isOfCase && words !== "" && op.op !== "note" && cases.has(about.incident)) choices.splice(1, 0, "keep_both");
  return (
    <Card tone="bad" testid="dead">
      <h3>
        {operation(t.language, op.entity, op.op)} <small>{t.time(op.client_at)}</small>
      </h3>
      <p class="why-not" data-testid="dead-why">{answer.detail ?? answer.code}</p>
      {fields && <OfFields fields={fields} />}
      {!fields && isOfCase && <OfCase letter={props.letter} />}
      {!fields && !isOfCase && <p class="words">{words}</p>}
      {answer.dead_letter ? (
        <Settle id={answer.dead_letter} choices={choices} note={isOfCase ? { incident: about.incident, words } : null} after={() => store.dead.delete(op_id)} />
      ) : (
        <button onClick={() => void store.dead.delete(op_id)}>{t("seen")}</button>
      )}
    </Card>
  );
}

/** One of another phone, or of before she signed in here: the server tells of it. */
export function Letter(props: { letter: Data; told: Told | undefined }) {
  const t = useWords();
  const { letter, told } = props;
  const fields = (letter["fields"] ?? null) as Fields | null;
  return (
    <Card tone="bad" testid="letter">
      <h3>{operation(t.language, String(letter["entity"]), String(letter["op"]))}</h3>
      <p class="why-not" data-testid="letter-why">{told?.why ?? t("letter_later")}</p>
      {told?.words && <p class="words">{told.words}</p>}
      {fields && <OfFields fields={fields} />}
      <Settle id={letter.id} choices={fields ? ["apply_mine", "discard"] : ["discard"]} note={null} after={async () => {}} />
    </Card>
  );
}

type Told = { why: string; words: string };

/** Why, and her words: rows have neither, as sentences are in a language and words are masked for who reads them. */
export function useTold(letters: Data[]): Map<string, Told> {
  const { language } = useWords();
  const [told, setTold] = useState(new Map<string, Told>());
  const wanted = letters.map(({ id }) => id).join();
  useEffect(() => {
    if (wanted === "") return;
    const query = { mine: true, state: "open" as const, limit: 100 };
    callApi(() => api.client.GET("/api/v1/sync/dead-letters", { params: { query } })).then(
      ({ items }) => setTold(new Map(items?.map((one) => [one.id ?? "", { why: one.detail ?? "", words: inWords(one.operation as unknown as Op) }]))),
      (error: unknown) => {
        // Without a network they are told at the next look.
        if (!(error instanceof Failure)) throw error;
      },
    );
  }, [wanted, language]);
  return told;
}

/** Fields that the server left alone, as lines; a place is one of them and not two. */
function OfFields(props: { fields: Fields }) {
  const t = useWords();
  const shown = (value: unknown) => (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));
  const { lon, lat, ...others } = props.fields;
  const at = (side: keyof Side) => [lon?.[side], lat?.[side]].filter((value) => typeof value === "number").map((degrees) => degrees.toFixed(5)).join(",\n");
  const lines: Line[] = Object.entries(others).map(([name, some]) => ({
    name: known(`field_${name}`) ? t(`field_${name}` as Word) : name,
    saw: shown(some.base),
    mine: shown(some.mine),
    there: shown(some.theirs),
  }));
  const place = lon || lat ? [{ name: t("field_place"), saw: at("base"), mine: at("mine"), there: at("theirs") }] : [];
  return <Beside lines={[...place, ...lines]} />;
}

/** An act on a case: the case as she saw it beside the case as it is, and what she did. */
function OfCase(props: { letter: DeadLetter }) {
  const t = useWords();
  const { cases } = useWork();
  const category = useCategory();
  const { op, about } = props.letter;
  const saw = about?.saw ?? {};
  const there = about && cases.get(about.incident);
  const said = String(op.patch?.["action"] ?? op.op);
  const told: Record<string, (of: Record<string, unknown>) => string> = {
    status: (of) => (of["status"] ? status(t.language, String(of["status"])) : ""),
    category: (of) => (of["category"] ? category(String(of["category"])) : ""),
    description: (of) => String(of["description"] ?? ""),
    due_at: (of) => (of["due_at"] ? t.time(String(of["due_at"])) : ""),
  };
  const lines: Line[] = Object.entries(told)
    .map(([name, tell]) => ({ name, saw: tell(saw), mine: "", there: there ? tell(there as unknown as Record<string, unknown>) : "" }))
    // What is as it was says nothing, but for the state it is in.
    .filter((line) => line.name === "status" || line.saw !== line.there)
    .map((line) => ({ ...line, name: t(`field_${line.name}` as Word) }));
  return (
    <>
      <p class="words">
        <b>{known(`act_${said}`) ? t(`act_${said}` as Word) : said}</b> {inWords(op)}
      </p>
      <Beside lines={lines} />
      {!there && <p class="note">{t("case_gone")}</p>}
    </>
  );
}

function Beside(props: { lines: Line[] }) {
  const t = useWords();
  // Of an act there is no value of hers beside the two.
  const hasMine = props.lines.some((line) => line.mine !== "");
  return (
    <table class="beside" data-testid="beside">
      <caption>{t("side_by_side")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("field")}</th><th scope="col">{t("saw")}</th>{hasMine && <th scope="col">{t("mine")}</th>}<th scope="col">{t("now_there")}</th>
        </tr>
      </thead>
      <tbody>
        {props.lines.map((line) => {
          const isOther = line.there !== "" && line.saw !== "" && line.there !== line.saw;
          return (
            <tr key={line.name}>
              <th scope="row">{line.name}</th>
              <td>{line.saw}</td>
              {hasMine && <td>{line.mine}</td>}
              <td class={isOther ? "bad" : ""}>{line.there} {isOther && <small>({t("changed")})</small>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Settle a letter on the server, which takes a network. */
function Settle(props: { id: string; choices: Choice[]; note: { incident: string; words: string } | null; after: () => Promise<void> }) {
  const t = useWords();
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
      if (choice === "keep_both" && props.note) await act({ entity: "incident", op: "transition", id: props.note.incident, patch: { action: "note", note: props.note.words } });
      await props.after();
      sync.now();
    } catch (error) {
      // Somebody has settled it, or it is forgotten: there is nothing left to choose.
      if (error instanceof Refused && (error.status === 404 || error.code === "letter_resolved")) {
        await props.after();
        return sync.now();
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
