// What a notice says, whom it addresses, and who decided about it.
import type { MultiPolygon } from "geojson";
import { CARE } from "../../../src/care-words";
import { useAreaNames } from "../hooks/use-area-names";
import { useCategoryName, useUnitName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import { PREMISES_KIND } from "../words/households";
import { NOTICE_CHANNEL, NOTICE_PURPOSE, NOTICE_STATE } from "../words/notices";
import { FileList } from "./attachments-field";
import { languageName, languagesFor, type Notice } from "./notice";
import { drawingOf } from "./polygon";
import { PolygonPicture } from "./polygon-field";

const BAD_STATES = new Set(["withdrawn"]);

export function NoticeStateTag(props: { state: Notice["state"] }) {
  const t = useTranslation();
  return <span class={`tag ${BAD_STATES.has(props.state) ? "bad" : ""}`}>{t.code(NOTICE_STATE, props.state)}</span>;
}

export function NoticeFacts(props: { notice: Notice }) {
  const t = useTranslation();
  const category = useCategoryName();
  const { notice } = props;
  const areaName = useAreaNames(notice.area_ids);
  return (
    <section aria-labelledby="notice-facts" data-testid="notice-facts">
      <h2 id="notice-facts">{t("notice_facts")}</h2>
      {languagesFor(notice.texts, t.language).map((code) => (
        <article key={code} lang={code} class="notice-text" aria-label={languageName(code, t.language)}>
          <b class="words">{notice.texts[code]?.title}</b>
          <p class="words">{notice.texts[code]?.text}</p>
        </article>
      ))}
      <FileList files={notice.files} />
      <dl>
        <dt>{t("status")}</dt>
        <dd data-testid="notice-state">
          <NoticeStateTag state={notice.state} />
        </dd>
        <dt>{t("notice_purpose")}</dt>
        <dd>{t.code(NOTICE_PURPOSE, notice.purpose)}</dd>
        <dt>{t("notice_sender")}</dt>
        <dd>{t.named(notice.sender_area?.name)}</dd>
        {notice.unit_id && <SendingUnit id={notice.unit_id} />}
        <dt>{t("notice_valid")}</dt>
        <dd>
          {t.at(notice.valid_from)} – {t.at(notice.valid_until)}
        </dd>
        <dt>{t("notice_channels")}</dt>
        <dd>{t.list(notice.channels.map((channel) => t.code(NOTICE_CHANNEL, channel)))}</dd>
        {notice.area_ids.length > 0 && (
          <>
            <dt>{t("notice_areas")}</dt>
            <dd>{t.list(notice.area_ids.map((id) => areaName(id)))}</dd>
          </>
        )}
        {notice.premises_kinds.length > 0 && (
          <>
            <dt>{t("notice_premises")}</dt>
            <dd>{t.list(notice.premises_kinds.map((kind) => t.code(PREMISES_KIND, kind)))}</dd>
          </>
        )}
        {notice.care_kinds.length > 0 && (
          <>
            <dt>{t("notice_care")}</dt>
            <dd>{t.list(notice.care_kinds.map((kind) => t.code(CARE, kind)))}</dd>
          </>
        )}
        {notice.geometry && (
          <>
            <dt>{t("notice_polygon")}</dt>
            <dd>
              <PolygonPicture drawing={drawingOf(notice.geometry as unknown as MultiPolygon)} />
            </dd>
          </>
        )}
        <dt>{t("notice_category")}</dt>
        <dd>{category(notice.reply_category)}</dd>
        <Decisions notice={notice} />
      </dl>
    </section>
  );
}

function SendingUnit(props: { id: string }) {
  const t = useTranslation();
  const unitName = useUnitName();
  return (
    <>
      <dt>{t("notice_unit")}</dt>
      <dd data-testid="notice-unit">{unitName(props.id) || "…"}</dd>
    </>
  );
}

function Decisions(props: { notice: Notice }) {
  const t = useTranslation();
  const { notice } = props;
  return (
    <>
      <dt>{t("notice_author")}</dt>
      <dd>{notice.author.name}</dd>
      {notice.decided_by && (
        <>
          <dt>{t("decision")}</dt>
          <dd class="words" data-testid="decision">
            {t("notice_decided", {
              by: notice.decided_by.name,
              at: t.at(notice.decided_at),
              note: notice.decision_note ?? "–",
            })}
          </dd>
        </>
      )}
      {notice.withdrawn_at && (
        <>
          <dt>{t("withdrawn_because")}</dt>
          <dd class="words" data-testid="withdrawn-reason">
            {notice.withdrawn_reason} ({t.at(notice.withdrawn_at)})
          </dd>
        </>
      )}
    </>
  );
}
