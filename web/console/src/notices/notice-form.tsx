// The form of a notice: a new one, or a draft that its author changes.
import type { MultiPolygon } from "geojson";
import { useState } from "preact/hooks";
import { CARE } from "../../../src/care-words";
import type { Pairs } from "../../../src/i18n";
import { useCategories } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { AreaListField } from "../ui/area-list-field";
import { AreaSelect } from "../ui/area-select";
import { MutationStatus } from "../ui/mutation-status";
import { PREMISES_KIND } from "../words/households";
import { NOTICE_CHANNEL, NOTICE_PURPOSE } from "../words/notices";
import { dateTimeFieldValue, instantFromField } from "../zone-time";
import type { Notice } from "./notice";
import { type Attached, AttachmentsField, attachmentMembers } from "./attachments-field";
import { drawingOf, geometryOf, isIncomplete } from "./polygon";
import { PolygonField } from "./polygon-field";
import { isWritten, TextsField } from "./texts-field";
import { UnitField } from "./unit-field";

const AREAS_MAX = 200;
const DEFAULT_CATEGORY = "unclassified";

/** `notice`: null for a new one. `onDone` gets the id of the draft. */
export function NoticeForm(props: { notice: Notice | null; onDone: (id: string) => void }) {
  const t = useTranslation();
  const zone = useZone();
  const mutation = useMutation();
  const { notice } = props;
  const [texts, setTexts] = useState<Notice["texts"]>({
    zh: { title: "", text: "" },
    en: { title: "", text: "" },
    ...notice?.texts,
  });
  const [files, setFiles] = useState<Attached[]>(notice?.files ?? []);
  const [senderId, setSenderId] = useState(notice?.sender_area_id ?? "");
  const [areaIds, setAreaIds] = useState(notice?.area_ids ?? []);
  const [drawing, setDrawing] = useState(() => drawingOf(notice?.geometry as MultiPolygon | null | undefined));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (isIncomplete(drawing)) {
      form.querySelector("[data-testid=polygon-field]")?.scrollIntoView({ block: "center" });
      return;
    }
    const formData = new FormData(form);
    const geometry = geometryOf(drawing);
    const members = readMembers(formData, zone);
    const hasCondition = areaIds.length + members.premises_kinds.length + members.care_kinds.length > 0 || !!geometry;
    const body = {
      ...members,
      attachments: attachmentMembers(files),
      texts: Object.fromEntries(Object.entries(texts).filter(([, text]) => isWritten(text))),
      // The server takes no notice without a condition: everybody is the area of the sender.
      area_ids: hasCondition ? areaIds : [senderId],
      geometry: geometry as never, // the document describes GeoJSON as any object
    };
    let id = notice?.id ?? "";
    const isDone = await mutation.run(async (key) => {
      if (!notice) {
        const params = { header: { "Idempotency-Key": key } };
        const created = await callApi(
          client.POST("/api/v1/notices", { params, body: { ...body, sender_area_id: senderId } }),
        );
        id = created.id;
        return;
      }
      const params = { path: { notice_id: id }, header: { "If-Match": `"${notice.version}"` } };
      await callApi(client.PATCH("/api/v1/notices/{notice_id}", { params, body }));
    });
    if (isDone) props.onDone(id);
  };
  return (
    <form class="stack notice-form" onSubmit={(event) => void submit(event)} data-testid="notice-form">
      <TextsField texts={texts} onChange={setTexts} />
      <AttachmentsField files={files} onChange={setFiles} />
      <div class="pair">
        <label>
          {t("notice_purpose")}
          <select name="purpose" required defaultValue={notice?.purpose ?? ""}>
            <option value="">{t("choose")}</option>
            {Object.keys(NOTICE_PURPOSE).map((code) => (
              <option key={code} value={code}>
                {t.code(NOTICE_PURPOSE, code)}
              </option>
            ))}
          </select>
        </label>
        {notice ? (
          <p>{t("what_of", { what: t("notice_sender"), of: t.named(notice.sender_area?.name) })}</p>
        ) : (
          <label>
            {t("notice_sender")}
            <AreaSelect name="sender_area_id" isOwnOnly chosen={senderId} onChoose={setSenderId} />
          </label>
        )}
        <UnitField areaId={senderId} storedId={notice?.unit_id ?? null} />
      </div>
      <fieldset>
        <legend>{t("notice_conditions")}</legend>
        <p class="quiet">{t("conditions_mean")}</p>
        <fieldset data-testid="areas-field">
          <legend>{t("notice_areas")}</legend>
          <AreaListField ids={areaIds} onChange={setAreaIds} max={AREAS_MAX} />
        </fieldset>
        <Checks
          name="premises_kinds"
          title={t("notice_premises")}
          codes={PREMISES_KIND}
          chosen={notice?.premises_kinds}
        />
        <Checks name="care_kinds" title={t("notice_care")} codes={CARE} chosen={notice?.care_kinds} />
        <PolygonField drawing={drawing} onChange={setDrawing} />
      </fieldset>
      <Checks
        name="channels"
        title={t("notice_channels")}
        codes={NOTICE_CHANNEL}
        chosen={notice?.channels ?? ["visit"]}
      />
      <div class="pair">
        <label>
          {t("notice_from")}
          <input
            type="datetime-local"
            name="valid_from"
            defaultValue={dateTimeFieldValue(zone, notice?.valid_from)}
            required={notice !== null}
          />
        </label>
        <label>
          {t("notice_until")}
          <input
            type="datetime-local"
            name="valid_until"
            required
            defaultValue={dateTimeFieldValue(zone, notice?.valid_until)}
          />
        </label>
      </div>
      <CategoryField chosen={notice?.reply_category ?? DEFAULT_CATEGORY} />
      <MutationStatus mutation={mutation} />
      <span class="buttons">
        <button class="main" disabled={mutation.isBusy} data-testid="save-notice">
          {t("save_draft")}
        </button>
      </span>
    </form>
  );
}

function readMembers(formData: FormData, zone: string) {
  const text = (name: string) => String(formData.get(name) ?? "");
  const valid_from = instantFromField(zone, text("valid_from"));
  return {
    purpose: text("purpose") as Notice["purpose"],
    channels: formData.getAll("channels") as Notice["channels"],
    premises_kinds: formData.getAll("premises_kinds") as Notice["premises_kinds"],
    care_kinds: formData.getAll("care_kinds") as Notice["care_kinds"],
    unit_id: text("unit_id") || null,
    reply_category: text("reply_category"),
    valid_until: instantFromField(zone, text("valid_until")),
    ...(valid_from ? { valid_from } : {}),
  } satisfies Partial<Schemas["CreateNotice"]>;
}

function Checks(props: { name: string; title: string; codes: Pairs; chosen: readonly string[] | undefined }) {
  const t = useTranslation();
  return (
    <fieldset class="checks">
      <legend>{props.title}</legend>
      {Object.keys(props.codes).map((code) => (
        <label key={code} class="check">
          <input type="checkbox" name={props.name} value={code} defaultChecked={props.chosen?.includes(code)} />{" "}
          {t.code(props.codes, code)}
        </label>
      ))}
    </fieldset>
  );
}

function CategoryField(props: { chosen: string }) {
  const t = useTranslation();
  const categories = useCategories();
  return (
    <label>
      {t("notice_category")}
      <select name="reply_category" key={`c${categories.size}`} defaultValue={props.chosen}>
        {!categories.has(props.chosen) && <option value={props.chosen}>{props.chosen}</option>}
        {[...categories.values()].map(({ code, name }) => (
          <option key={code} value={code}>
            {code} {t.named(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
