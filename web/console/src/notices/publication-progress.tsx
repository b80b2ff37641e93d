// How far the publication of a notice to many households is. It is read again until each household has its state.
import { useEffect } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { NOTICE_STATE } from "../words/notices";
import type { Notice } from "./notice";

const POLL_MS = 1_500;

/** True while a job still stores states of households, also of a notice that was withdrawn meanwhile. */
export const isStoring = (notice: Notice) =>
  notice.households_stored !== null && notice.households_stored < (notice.households ?? 0);

export function PublicationProgress(props: { notice: Notice; reload: () => void }) {
  const t = useTranslation();
  const { notice, reload } = props;
  useEffect(() => {
    const timer = setInterval(reload, POLL_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const values = { n: notice.households_stored ?? 0, all: notice.households ?? 0 };
  const text = t(notice.state === "withdrawn" ? "withdrawn_storing" : "publishing_of", values);
  return (
    <section aria-labelledby="publication" data-testid="publication">
      <h2 id="publication">{t.code(NOTICE_STATE, notice.state)}</h2>
      <p class="progress" role="status">
        <progress aria-label={text} max={values.all} value={values.n} /> <span data-testid="stored">{text}</span>
      </p>
      {notice.state !== "withdrawn" && <p class="quiet">{t("publishing_means")}</p>}
    </section>
  );
}
