// What a call for help says and what is done about it: place, telephone, acknowledge, close. In the bar and among the decisions.
import { placeWords } from "../../../src/place-words";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { OUTCOME_OF_CALL } from "../words/decisions";
import type { Call } from "./open-calls";

export function CallPlace(props: { call: Call }) {
  const t = useTranslation();
  const { place, id } = props.call;
  if (!place) return <span>{t(props.call.place_erased_at ? "place_gone" : "call_no_place")}</span>;
  const accuracy = place.accuracy_m ? t("accuracy", { n: Math.round(place.accuracy_m) }) : "";
  const coordinates = `${place.lat?.toFixed(5)}, ${place.lon?.toFixed(5)}`;
  return (
    <a href={`#/map?call=${id}`} data-testid="call-place">
      {t("place_on_map", { place: [placeWords(t.language, place.near), coordinates].filter(Boolean).join(" · ") })}{" "}
      {accuracy}
    </a>
  );
}

/** A link that dials; nothing if no number is stored. */
export function CallTelephone(props: { call: Call }) {
  const t = useTranslation();
  const number = props.call.worker?.phone;
  return number ? (
    <a href={`tel:${number.replace(/[^+\d]/g, "")}`} data-testid="call-telephone">
      {t("telephone", { number })}
    </a>
  ) : (
    <span>{t("no_telephone")}</span>
  );
}

export function AcknowledgeCall(props: { call: Call; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const params = { path: { sos_id: props.call.id } };
  const acknowledge = async () => {
    if (await mutation.run(() => callApi(client.POST("/api/v1/sos/{sos_id}/acknowledge", { params })))) props.onDone();
  };
  return (
    <>
      <button
        type="button"
        class="main"
        disabled={mutation.isBusy}
        aria-label={`${t("take_care")}: ${props.call.worker?.name ?? ""}`}
        onClick={() => void acknowledge()}
        data-testid="take-care"
      >
        {t("take_care")}
      </button>
      <MutationStatus mutation={mutation} />
    </>
  );
}

export function CloseCall(props: { call: Call; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const params = { path: { sos_id: props.call.id } };
  const close = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const note = String(formData.get("note") ?? "").trim();
    const body = { outcome: formData.get("outcome") as Schemas["CloseSos"]["outcome"], ...(note ? { note } : {}) };
    if (await mutation.run(() => callApi(client.POST("/api/v1/sos/{sos_id}/close", { params, body })))) props.onDone();
  };
  return (
    <form class="row" onSubmit={(event) => void close(event)} aria-label={t("close_call")}>
      <label>
        {t("note")} <small>{t("optional")}</small>
        <input name="note" maxLength={500} />
      </label>
      <label>
        {t("how_it_came_out")}
        <select name="outcome">
          {Object.keys(OUTCOME_OF_CALL).map((code) => (
            <option key={code} value={code}>
              {t.code(OUTCOME_OF_CALL, code)}
            </option>
          ))}
        </select>
      </label>
      <button disabled={mutation.isBusy} data-testid="close-call">
        {t("close_call")}
      </button>
      <MutationStatus mutation={mutation} />
    </form>
  );
}
