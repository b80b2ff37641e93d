// The notice that somebody else reset the password of this account, until it is dismissed.
import { useState } from "preact/hooks";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";

const READ_KEY = "gridward-reset-read";

export function PasswordReset() {
  const t = useTranslation();
  const { password_reset: reset } = useMe();
  const [read, setRead] = useState(localStorage.getItem(READ_KEY));
  if (!reset || read === reset.at) return null;
  const close = () => {
    localStorage.setItem(READ_KEY, reset.at);
    setRead(reset.at);
  };
  return (
    <p class="reset" role="status" data-testid="password-reset">
      {t("password_reset", { at: t.at(reset.at), by: reset.by?.name ?? t("the_operator") })}{" "}
      <button type="button" class="small" onClick={close}>
        {t("understood")}
      </button>
    </p>
  );
}
