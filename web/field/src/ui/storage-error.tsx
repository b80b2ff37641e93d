// The warning that the phone could not store something. Pages go on as if nothing was done, and keep what was entered.
import Dexie from "dexie";
import { useEffect, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

export function StorageError() {
  const t = useTranslation();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    const onRejection = (event: PromiseRejectionEvent) => {
      if (!(event.reason instanceof Dexie.DexieError || (event.reason as Error | null)?.name === "QuotaExceededError"))
        return;
      event.preventDefault();
      setFailed(true);
    };
    addEventListener("unhandledrejection", onRejection);
    return () => removeEventListener("unhandledrejection", onRejection);
  }, []);
  if (!hasFailed) return null;
  return (
    <p class="bad card" role="alert" data-testid="not-kept">
      {t("not_kept")} <button onClick={() => setFailed(false)}>{t("seen")}</button>
    </p>
  );
}
