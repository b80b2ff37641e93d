// Open calls for help of others of which the worker was told, above every page. Loaded when there is one.
import { placeWords } from "../../../src/place-words";
import { useEffect, useState } from "preact/hooks";
import { interpolate, pick } from "../../../src/i18n";
import { api, callApi } from "../client";
import { distanceM, formatDistance } from "../distance";
import { failureText } from "../failure-text";
import type { HelpCall } from "../help-calls";
import { useOwnPosition } from "../hooks/use-own-position";
import { usePlaceName } from "../hooks/use-places";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { sync } from "../sync";
import { ActionButton } from "../ui/action-button";
import { Card } from "../ui/card";
import { MapAppButtons } from "../ui/map-app-buttons";
import { CALL_OUTCOMES, CALL_TEXTS } from "../words/calls-of-others";

type Outcome = keyof typeof CALL_OUTCOMES;
const OUTCOMES = Object.keys(CALL_OUTCOMES) as Outcome[];

export function CallsOfOthers() {
  const { helpCalls } = useWorkerState();
  return (
    <div aria-live="assertive" data-testid="calls-of-others">
      {helpCalls.map((call) => (
        <CallOfOther key={call.id} call={call} />
      ))}
    </div>
  );
}

function CallOfOther(props: { call: HelpCall }) {
  const t = useTranslation();
  const text = (key: keyof typeof CALL_TEXTS, values: Record<string, string> = {}) =>
    interpolate(t.language, pick(t.language, CALL_TEXTS[key]), values);
  const { call } = props;
  const { owner } = useWorkerState();
  const own = useOwnPosition();
  const placeName = usePlaceName();
  const [trouble, setTrouble] = useState("");
  const at: [number, number] | null = call.lon === null || call.lat === null ? null : [call.lon, call.lat];
  const run = async (request: () => Promise<unknown>) => {
    setTrouble("");
    try {
      await request();
      sync.requestRound();
    } catch (error) {
      setTrouble(failureText(t, error));
    }
  };
  const acknowledge = () =>
    run(() =>
      callApi(() => api.client.POST("/api/v1/sos/{sos_id}/acknowledge", { params: { path: { sos_id: call.id } } })),
    );
  return (
    <Card tone="bad" testid="call-of-other">
      <h2 class="bad">
        {text("calls", { name: call.worker.name })} <small>{text("since", { at: t.time(call.raised_at) })}</small>
      </h2>
      {call.note && <p class="words">{call.note}</p>}
      <p class="where" data-testid="call-place">
        {at === null ? text("no_place") : placeName(at) || placeWords(t.language, call.near)}{" "}
        {at && own.at && <b>{formatDistance(t.language, distanceM(own.at, at))}</b>}
      </p>
      <Telephone id={call.id} />
      {at && <MapAppButtons at={at} label={call.worker.name} />}
      {call.acknowledged_at === null ? (
        <ActionButton class="danger" onPress={acknowledge} data-testid="acknowledge">
          {text("acknowledge")}
        </ActionButton>
      ) : (
        <>
          <p data-testid="acknowledged">
            {t("sos_acknowledged", { who: call.acknowledged_by?.name ?? "", at: t.time(call.acknowledged_at) })}
          </p>
          {call.acknowledged_by?.id === owner?.account && <CloseCall call={call} run={run} />}
        </>
      )}
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
    </Card>
  );
}

/** The number under which the worker is reached. It is not stored on this phone. */
function Telephone(props: { id: string }) {
  const t = useTranslation();
  const [phone, setPhone] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    callApi(() => api.client.GET("/api/v1/sos/{sos_id}", { params: { path: { sos_id: props.id } } })).then(
      (call) => setPhone(call.worker?.phone ?? null),
      () => setPhone(undefined),
    );
  }, [props.id]);
  if (!phone)
    return (
      <p class="note">{pick(t.language, phone === null ? CALL_TEXTS.no_telephone : CALL_TEXTS.telephone_later)}</p>
    );
  return (
    <a class="button" href={`tel:${phone.replace(/[^+\d]/g, "")}`} data-testid="call-telephone">
      {interpolate(t.language, pick(t.language, CALL_TEXTS.telephone), { number: phone })}
    </a>
  );
}

function CloseCall(props: { call: HelpCall; run: (request: () => Promise<unknown>) => Promise<void> }) {
  const t = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>("helped");
  const close = () =>
    props.run(() =>
      callApi(() =>
        api.client.POST("/api/v1/sos/{sos_id}/close", {
          params: { path: { sos_id: props.call.id } },
          body: { outcome },
        }),
      ),
    );
  return (
    <>
      <label>
        {pick(t.language, CALL_TEXTS.outcome)}
        <select
          value={outcome}
          onChange={(e) => setOutcome(e.currentTarget.value as Outcome)}
          data-testid="call-outcome"
        >
          {OUTCOMES.map((code) => (
            <option key={code} value={code}>
              {pick(t.language, CALL_OUTCOMES[code])}
            </option>
          ))}
        </select>
      </label>
      <ActionButton onPress={close} data-testid="close-call">
        {pick(t.language, CALL_TEXTS.close)}
      </ActionButton>
    </>
  );
}
