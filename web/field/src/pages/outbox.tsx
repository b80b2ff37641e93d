// What waits, and what did not take effect and why; both versions side by side.
import { useState } from "preact/hooks";
import { NoAnswer } from "../../../src/api/http";
import { api, call, store, sync } from "../device";
import type { DeadLetter, Op } from "../store";
import { Card, Empty, useSync, useWords, useWork } from "../ui";
import { operation } from "../words";
import { Small } from "./photos";

type Fields = Record<string, { base?: unknown; mine?: unknown; theirs?: unknown }>;
type Choice = "discard" | "retry" | "apply_mine";

const WORDS_OF = ["description", "note", "words", "reason", "action"];
const inWords = (op: Op) => String(WORDS_OF.map((name) => op.patch?.[name]).find((value) => value) ?? "");

export function Outbox() {
  const t = useWords();
  const work = useWork();
  const state = useSync();
  const others = work.letters.filter((letter) => !work.dead.some((some) => some.op_id === letter["op_id"]));
  return (
    <>
      <h2>{t("outbox")}</h2>
      {state.trouble && <p class="bad">{t(state.trouble)}</p>}
      {work.waiting.map(({ op }) => (
        <section class="row" key={op.op_id} data-testid="waits">
          <b>{operation(t.language, op.entity, op.op)}</b>
          <span>{inWords(op)}</span>
          <small>{t.time(op.client_at)}</small>
        </section>
      ))}
      {work.photos.filter((photo) => photo.refused === null).map((photo) => <Small key={photo.id} photo={photo} />)}
      {work.waiting.length + work.photos.length === 0 && <Empty>{t("nothing_waiting")}</Empty>}
      <button onClick={() => sync.now()} disabled={state.running}>{t("send_now")}</button>
      <h2>{t("failed")}</h2>
      {work.dead.map((letter) => <Failed key={letter.op_id} letter={letter} />)}
      {work.photos.filter((photo) => photo.refused !== null).map((photo) => <Small key={photo.id} photo={photo} />)}
      {others.map((letter) => (
        <Card key={letter.id} tone="bad">
          <h3>{operation(t.language, String(letter["entity"]), String(letter["op"]))}</h3>
          <p>{String(letter["code"] ?? "")}</p>
          <Settle id={letter.id} choices={["discard"]} after={async () => {}} />
        </Card>
      ))}
      {work.dead.length + others.length === 0 && <Empty>{t("nothing_failed")}</Empty>}
    </>
  );
}

function Failed(props: { letter: DeadLetter }) {
  const t = useWords();
  const { op, answer, op_id } = props.letter;
  const fields = (answer.fields ?? null) as Fields | null;
  const forget = () => store.dead.delete(op_id);
  const shown = (value: unknown) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));
  return (
    <Card tone="bad" testid="dead">
      <h3>
        {operation(t.language, op.entity, op.op)} <small>{t.time(op.client_at)}</small>
      </h3>
      <p class="words">{inWords(op)}</p>
      <p class="why-not" data-testid="dead-why">{answer.detail ?? answer.code}</p>
      {fields && (
        <table>
          <thead>
            <tr><th /><th>{t("base")}</th><th>{t("mine")}</th><th>{t("theirs")}</th></tr>
          </thead>
          <tbody>
            {Object.entries(fields).map(([name, some]) => (
              <tr key={name}>
                <th>{name}</th><td>{shown(some.base)}</td><td>{shown(some.mine)}</td><td>{shown(some.theirs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {answer.dead_letter ? (
        <Settle id={answer.dead_letter} choices={fields ? ["apply_mine", "discard"] : ["retry", "discard"]} after={forget} />
      ) : (
        <button onClick={() => void forget()}>{t("seen")}</button>
      )}
    </Card>
  );
}

/** Settle a letter on the server, which takes a network. */
function Settle(props: { id: string; choices: Choice[]; after: () => Promise<void> }) {
  const t = useWords();
  const [trouble, setTrouble] = useState("");
  const words = { discard: t(props.choices.includes("apply_mine") ? "leave_theirs" : "seen"), retry: t("try_again"), apply_mine: t("put_mine") };
  const settle = async (action: Choice) => {
    setTrouble("");
    try {
      await call(() => api.client.POST("/api/v1/sync/dead-letters/{letter_id}/resolve", { params: { path: { letter_id: props.id } }, body: { action, note: null } }));
      await props.after();
      sync.now();
    } catch (error) {
      setTrouble(error instanceof NoAnswer ? t("no_network") : (error as Error).message);
    }
  };
  return (
    <>
      {trouble && <p class="bad">{trouble}</p>}
      <div class="two">
        {props.choices.map((action) => (
          <button key={action} onClick={() => void settle(action)} data-testid={`settle-${action}`}>{words[action]}</button>
        ))}
      </div>
    </>
  );
}
