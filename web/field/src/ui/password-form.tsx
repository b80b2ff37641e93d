// The form that changes the worker's own password.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { changePassword } from "../session";

/** `children`: what stands above the fields. `onDone`: called after the password was changed. */
export function PasswordForm(props: { testid: string; onDone?: () => void; children?: ComponentChildren }) {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const messageOf = (error: unknown) => {
    const faults = error instanceof Refused ? ((error.problem["errors"] ?? []) as { message?: string }[]) : [];
    return [failureText(t, error), ...faults.map((fault) => fault.message ?? "")].join(" ");
  };
  const change = async (form: HTMLFormElement) => {
    const formData = new FormData(form);
    setBusy(true);
    setTrouble("");
    try {
      await changePassword(String(formData.get("current")), String(formData.get("new")));
      form.reset();
      props.onDone?.();
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void change(event.currentTarget);
      }}
      data-testid={props.testid}
    >
      {props.children}
      <label>
        {t("password_now")}
        <input name="current" type="password" autocomplete="current-password" required />
      </label>
      <label>
        {t("password_new")}
        <input name="new" type="password" autocomplete="new-password" required />
      </label>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <button class="main" disabled={isBusy}>
        {t("password_change")}
      </button>
    </form>
  );
}
