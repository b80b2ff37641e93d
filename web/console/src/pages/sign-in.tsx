import { useState } from "preact/hooks";
import type { Language } from "../../../src/i18n";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, signIn } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { LanguageButton } from "../ui/language-button";

export function SignIn(props: { onLanguage: (language: Language) => void; onSignedIn: () => void; wasOver: boolean }) {
  const t = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      await signIn(String(formData.get("username")).trim(), String(formData.get("password")));
      props.onSignedIn();
    } catch (trouble) {
      setError(trouble);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="door">
      <form onSubmit={(event) => void submit(event)} data-testid="signin">
        <img src="./icon.svg" width="56" height="56" alt="" />
        <h1>{t("app")}</h1>
        {props.wasOver && error === null && <p role="status">{t("session_over")}</p>}
        <label>
          {t("username")}
          <input name="username" autocomplete="username" autocapitalize="off" required />
        </label>
        <label>
          {t("password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {error !== null && <ErrorMessage error={error} />}
        <button class="main" disabled={isBusy}>
          {t("sign_in")}
        </button>
        <LanguageButton onLanguage={props.onLanguage} />
      </form>
    </main>
  );
}

/** Shown while the password was set by somebody else. */
export function ChangePassword(props: { onChanged: () => void }) {
  const t = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const change = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    try {
      const body = { current: String(formData.get("current")), new: String(formData.get("new")), keep_tokens: false };
      await callApi(client.POST("/api/v1/me/password", { body }));
      props.onChanged();
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <main class="door">
      <form onSubmit={(event) => void change(event)}>
        <h1>{t("change_password")}</h1>
        <p>{t("must_change")}</p>
        <label>
          {t("password")}
          <input name="current" type="password" autocomplete="current-password" required />
        </label>
        <label>
          {t("new_password")}
          <input name="new" type="password" autocomplete="new-password" required />
        </label>
        {error !== null && <ErrorMessage error={error} />}
        <button class="main">{t("change_password")}</button>
      </form>
    </main>
  );
}
