// The members of a household. Telephone numbers and e-mail addresses are masked on the phone; a number is shown for a
// purpose, which the server records.
import { useState } from "preact/hooks";
import type { Schemas } from "../../../src/api/http";
import { api, callApi } from "../client";
import { failureText } from "../failure-text";
import type { Home } from "../homes";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { splitAtTelephones } from "../../../src/telephone";
import { ActionButton } from "../ui/action-button";
import { TextWithTelephones } from "../ui/text-with-telephones";
import { isPermitted } from "../worker-state";

type Person = Home["people"][number];
const PURPOSES = ["visit", "care", "emergency", "own_request"] as const satisfies Schemas["DisclosurePurpose"][];

export function People(props: { people: Person[] }) {
  if (props.people.length === 0) return null;
  return (
    <div data-testid="people">
      {props.people.map((person) => (
        <PersonLine key={person.id} person={person} />
      ))}
    </div>
  );
}

function PersonLine(props: { person: Person }) {
  const t = useTranslation();
  const workerState = useWorkerState();
  const { person } = props;
  const [isAsking, setAsking] = useState(false);
  // Kept in memory only, while the page is open.
  const [revealed, setRevealed] = useState<string | null>(null);
  const phone = revealed ?? person.phone;
  const isMasked = phone !== "" && !splitAtTelephones(phone).some(({ tel }) => tel);
  return (
    <>
      <p class="facts">
        <span>
          {person.name} <TextWithTelephones text={phone} />
          {person.email && ` ${person.email}`}
        </span>
        {isMasked && !isAsking && isPermitted(workerState, "resident:reveal") && (
          <button class="small" onClick={() => setAsking(true)} data-testid="reveal">
            {t("reveal_number")}
          </button>
        )}
      </p>
      {isAsking && (
        <RevealForm
          person={person}
          onCancel={() => setAsking(false)}
          onRevealed={(number) => {
            setRevealed(number);
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

function RevealForm(props: { person: Person; onCancel: () => void; onRevealed: (phone: string) => void }) {
  const t = useTranslation();
  const [purpose, setPurpose] = useState<(typeof PURPOSES)[number]>("visit");
  const [explanation, setExplanation] = useState("");
  const [trouble, setTrouble] = useState("");
  const reveal = async () => {
    setTrouble("");
    try {
      const shown = await callApi(() =>
        api.client.POST("/api/v1/residents/{resident_id}/reveal", {
          params: { path: { resident_id: props.person.id } },
          body: { purpose, explanation: explanation.trim(), fields: ["phone"] },
        }),
      );
      props.onRevealed(shown.phone ?? "");
    } catch (error) {
      setTrouble(failureText(t, error));
    }
  };
  return (
    <fieldset>
      <legend>{t("reveal_number")}</legend>
      <label>
        {t("reveal_purpose")}
        <select
          value={purpose}
          onChange={(e) => setPurpose(e.currentTarget.value as typeof purpose)}
          data-testid="reveal-purpose"
        >
          {PURPOSES.map((option) => (
            <option key={option} value={option}>
              {t(`purpose_${option}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("reveal_why")}
        <input
          value={explanation}
          maxLength={500}
          onInput={(e) => setExplanation(e.currentTarget.value)}
          data-testid="reveal-why"
        />
        <small>{t("reveal_recorded")}</small>
      </label>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <div class="two">
        <button onClick={props.onCancel}>{t("cancel")}</button>
        <ActionButton class="main" disabled={explanation.trim() === ""} onPress={reveal} data-testid="reveal-sure">
          {t("reveal_show")}
        </ActionButton>
      </div>
    </fieldset>
  );
}
