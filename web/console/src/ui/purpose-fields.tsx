// Fields for the purpose of reading personal data, and an explanation; both are logged.
import type { Pairs } from "../../../src/i18n";
import { useTranslation } from "../hooks/use-translation";

export function PurposeFields(props: { purposes: Pairs }) {
  const t = useTranslation();
  return (
    <>
      <label>
        {t("purpose")}
        <select name="purpose" required data-testid="purpose">
          {Object.keys(props.purposes).map((code) => (
            <option key={code} value={code}>
              {t.code(props.purposes, code)}
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

export function readPurpose<Code extends string>(form: EventTarget | null): { purpose: Code; explanation: string } {
  const formData = new FormData(form as HTMLFormElement);
  return { purpose: String(formData.get("purpose")) as Code, explanation: String(formData.get("explanation")).trim() };
}
