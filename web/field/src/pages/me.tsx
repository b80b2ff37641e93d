// Duty, help, what is counted of her, language, and signing out.
import { useEffect, useState } from "preact/hooks";
import { NoAnswer, type Schemas } from "../../../src/api/http";
import { act, api, call, signOut, UnsentWork } from "../device";
import { Card, Empty, locate, useWords, useWork } from "../ui";
import type { Language } from "../words";
import { Languages } from "./languages";

export function Me(props: { onLanguage: (language: Language) => void }) {
  const t = useWords();
  const work = useWork();
  return (
    <>
      <h2>{work.name}</h2>
      <Card>
        <p class="facts">
          <b>{t(work.duty.on ? "on_duty" : "off_duty")}</b>
          {work.duty.since && <span>{t.time(work.duty.since)}</span>}
        </p>
        <p class="note">{t("tracking_explained")}</p>
        {work.isWorker ? (
          <button class={work.duty.on ? "" : "main"} onClick={() => void act({ entity: "duty", op: work.duty.on ? "end" : "start" })} data-testid="turn-duty">
            {t(work.duty.on ? "end_duty" : "start_duty")}
          </button>
        ) : (
          <p>{t("nobody_here")}</p>
        )}
      </Card>
      <Help />
      <Figures />
      <Languages onLanguage={props.onLanguage} />
      <Leave />
    </>
  );
}

function Help() {
  const t = useWords();
  const work = useWork();
  const [isAsking, setAsking] = useState(false);
  const waits = work.waiting.some(({ op }) => op.entity === "sos");
  const raise = async () => {
    setAsking(false);
    const at = new Date().toISOString();
    const quick = new Promise<null>((resolve) => setTimeout(() => resolve(null), 4_000));
    const fix = await Promise.race([locate().catch(() => null), quick]);
    const place = fix ? { lon: fix.lon, lat: fix.lat, ...(fix.accuracy_m === null ? {} : { accuracy_m: fix.accuracy_m }) } : {};
    await act({ entity: "sos", op: "raise", patch: { at, ...place } });
  };
  return (
    <Card tone="bad">
      {waits && <p class="bad">{t("sos_waiting")}</p>}
      {work.help && !waits && <p class="bad">{t(work.help.isAcknowledged ? "sos_acknowledged" : "sos_raised")}</p>}
      {isAsking ? (
        <>
          <p>{t("sos_sure")}</p>
          <div class="two">
            <button onClick={() => setAsking(false)}>{t("cancel")}</button>
            <button class="danger" onClick={() => void raise()} data-testid="sos-sure">{t("sos_send")}</button>
          </div>
        </>
      ) : (
        <button class="danger" onClick={() => setAsking(true)} data-testid="sos">{t("sos")}</button>
      )}
    </Card>
  );
}

function Figures() {
  const t = useWords();
  const [figures, setFigures] = useState<Schemas["MyFigures"] | null>(null);
  const { isWorker } = useWork();
  useEffect(() => {
    if (!isWorker) return;
    call(() => api.client.GET("/api/v1/me/figures")).then(setFigures, () => setFigures(null));
  }, [isWorker]);
  if (!isWorker) return null;
  return (
    <>
      <h2>{t("figures")}</h2>
      {figures === null && <Empty>{t("figures_later")}</Empty>}
      {figures?.figures?.map((some) => (
        <section class="row" key={some.name}>
          <span>{some.name && t(`figure_${some.name}`)}</span>
          <b>{some.count}</b>
          {some.street_mean != null && <small>{t("street_mean", { n: some.street_mean })}</small>}
        </section>
      ))}
    </>
  );
}

function Leave() {
  const t = useWords();
  const [trouble, setTrouble] = useState("");
  const [mayLose, setMayLose] = useState(false);
  const leave = async (discard: boolean) => {
    setTrouble("");
    try {
      await signOut(discard);
    } catch (error) {
      if (error instanceof UnsentWork || error instanceof NoAnswer) setMayLose(true);
      setTrouble(error instanceof UnsentWork ? t("sign_out_lose") : error instanceof NoAnswer ? t("no_network") : (error as Error).message);
    }
  };
  return (
    <>
      {trouble && <p class="bad" role="alert">{trouble}</p>}
      <button class={mayLose ? "danger" : "plain"} onClick={() => void leave(mayLose)} data-testid="sign-out">{t("sign_out")}</button>
    </>
  );
}
