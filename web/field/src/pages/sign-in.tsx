import { useState } from "preact/hooks";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { signIn, UnsentWork } from "../session";
import { sync } from "../sync";
import { LanguageButtons } from "../ui/language-buttons";
import { unsentWorkText } from "../ui/sign-out";
import type { Language } from "../words";

export function SignInPage(props: { onLanguage: (language: Language) => void }) {
  const t = useTranslation();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState("");
  const [otherWorkers, setOtherWorkers] = useState<UnsentWork | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (discard: boolean) => {
    setBusy(true);
    setTrouble("");
    setOtherWorkers(null);
    try {
      await signIn(username.trim(), password, discard);
      sync.requestRound();
    } catch (error) {
      if (error instanceof UnsentWork) setOtherWorkers(error);
      else setTrouble(failureText(t, error, { wait: "later_in" }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="page signin"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(false);
      }}
    >
      <img src="./icon.svg" width="72" height="72" alt="" />
      <h1>{t("app")}</h1>
      <label>
        {t("username")}
        <input
          name="username"
          autocomplete="username"
          autocapitalize="off"
          required
          value={username}
          onInput={(e) => setUsername(e.currentTarget.value)}
        />
      </label>
      <label>
        {t("password")}
        <input
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
      </label>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      {otherWorkers && (
        <p class="bad" role="alert">
          {t("others_unsent", { who: otherWorkers.username })} {unsentWorkText(t, otherWorkers.counts)}
          <button type="button" class="plain" onClick={() => void submit(true)}>
            {t("go_on_discard")}
          </button>
        </p>
      )}
      <button class="main" disabled={isBusy}>
        {t("sign_in")}
      </button>
      <LanguageButtons onLanguage={props.onLanguage} />
    </form>
  );
}
