// The form with which the reader changes their own password.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { MutationStatus } from "../ui/mutation-status";

export function PasswordForm() {
  const t = useTranslation();
  const mutation = useMutation();
  const [mismatch, setMismatch] = useState(false);
  const change = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formData = new FormData(form);
    const newPassword = String(formData.get("new"));
    const isRepeated = newPassword === String(formData.get("again"));
    setMismatch(!isRepeated);
    mutation.clear();
    if (!isRepeated) return;
    const body = {
      current: String(formData.get("current")),
      new: newPassword,
      keep_tokens: formData.get("keep_tokens") !== null,
    };
    if (await mutation.run(() => callApi(client.POST("/api/v1/me/password", { body })))) form.reset();
  };
  return (
    <section aria-labelledby="own-password">
      <h2 id="own-password">{t("change_password")}</h2>
      <form class="narrow" onSubmit={(event) => void change(event)} data-testid="password-form">
        <label>
          {t("current_password")}
          <input name="current" type="password" autocomplete="current-password" required />
        </label>
        <label>
          {t("new_password")}
          <input name="new" type="password" autocomplete="new-password" minLength={10} required />
        </label>
        <label>
          {t("new_password_again")}
          <input name="again" type="password" autocomplete="new-password" required aria-invalid={mismatch} />
        </label>
        <label class="check">
          <input name="keep_tokens" type="checkbox" /> {t("keep_tokens")}
        </label>
        {mismatch && (
          <p class="trouble" role="alert">
            {t("passwords_differ")}
          </p>
        )}
        <p class="buttons">
          <button disabled={mutation.isBusy} data-testid="change-password">
            {t("change_password")}
          </button>
          <MutationStatus mutation={mutation} doneText={t("password_changed")} />
        </p>
      </form>
    </section>
  );
}
