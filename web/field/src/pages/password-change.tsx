// Shown instead of the app while the password was set by somebody else: the server then accepts only a password change and
// an emergency call.
import { useState } from "preact/hooks";
import { NoAnswer, Refused, TryLater } from "../../../src/api/http";
import { useTranslation } from "../hooks/use-translation";
import { changePassword } from "../session";
import { EmergencyCall } from "../ui/emergency-call";
import { LanguageButtons } from "../ui/language-buttons";
import { SignOutButton } from "../ui/sign-out";
import { Title } from "../ui/title";
import type { Language } from "../words";

export function PasswordChangePage(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const messageOf = (error: unknown) => {
    if (error instanceof NoAnswer) return t("no_network");
    if (error instanceof TryLater) return t("later");
    const faults = error instanceof Refused ? ((error.problem["errors"] ?? []) as { message?: string }[]) : [];
    return [(error as Error).message, ...faults.map((fault) => fault.message ?? "")].join(" ");
  };
  const change = async (form: HTMLFormElement) => {
    const formData = new FormData(form);
    setBusy(true);
    setTrouble("");
    try {
      await changePassword(String(formData.get("current")), String(formData.get("new")));
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="page">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void change(event.currentTarget);
        }}
        data-testid="password-first"
      >
        <Title text={t("password_first")} />
        <p>{t("password_why")}</p>
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
      <EmergencyCall />
      <LanguageButtons onLanguage={props.onLanguage} />
      <SignOutButton />
    </div>
  );
}
