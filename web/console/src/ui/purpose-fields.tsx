// Why somebody looks at what is personal: a purpose of a list, and an explanation; both go on the record.
import type { Pairs } from "../../../src/i18n";
import { useWords } from "../hooks/use-translation";

export function Reason(props: { among: Pairs }) {
  const t = useWords();
  return (
    <>
      <label>
        {t("purpose")}
        <select name="purpose" required data-testid="purpose">
          {Object.keys(props.among).map((code) => (
            <option key={code} value={code}>
              {t.code(props.among, code)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("purpose_explained")}
        <input name="explanation" required maxLength={500} data-testid="purpose-explained" />
      </label>
    </>
  );
}

export function reasonOf<Code extends string>(form: EventTarget | null): { purpose: Code; explanation: string } {
  const said = new FormData(form as HTMLFormElement);
  return { purpose: String(said.get("purpose")) as Code, explanation: String(said.get("explanation")).trim() };
}
