// Visits to a household, newest first, with notes and photos.
import { useState } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ApiImage } from "../ui/api-image";
import { Loaded } from "../ui/loaded";
import { MEDIA } from "../words/codes";
import { VISIT_OUTCOME } from "../words/households";

const PAGE = 20;

export function Visits(props: { householdId: string }) {
  const t = useTranslation();
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  return (
    <section aria-labelledby="visits" data-testid="visits">
      <h2 id="visits">{t("visits")}</h2>
      {cursors.map((cursor, n) => (
        <VisitsPage
          key={cursor}
          householdId={props.householdId}
          cursor={cursor}
          isLast={n === cursors.length - 1}
          onMore={(next) => setCursors([...cursors, next])}
        />
      ))}
    </section>
  );
}

function VisitsPage(props: {
  householdId: string;
  cursor: string | null;
  isLast: boolean;
  onMore: (cursor: string) => void;
}) {
  const t = useTranslation();
  const query = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/households/{household_id}/visits", {
          params: {
            path: { household_id: props.householdId },
            query: { limit: PAGE, ...(props.cursor ? { cursor: props.cursor } : {}) },
          },
        }),
      ),
    `visits ${props.householdId} ${props.cursor ?? ""}`,
    false,
  );
  return (
    <Loaded query={query}>
      {(data) => (
        <>
          {!data.items?.length && props.cursor === null && <p class="quiet">{t("no_visits")}</p>}
          <ul class="notes" data-testid="visit-list">
            {data.items?.map((visit) => (
              <VisitItem key={visit.id} visit={visit} />
            ))}
          </ul>
          {props.isLast && data.next && (
            <button type="button" onClick={() => props.onMore(data.next!)} data-testid="more-visits">
              {t("more_visits")}
            </button>
          )}
        </>
      )}
    </Loaded>
  );
}

function VisitItem(props: { visit: Schemas["VisitOut"] }) {
  const t = useTranslation();
  const { visit } = props;
  const photos = visit.media?.filter((item) => item.kind !== "voice" && item.state === "ready") ?? [];
  return (
    <li>
      <b>{t.code(VISIT_OUTCOME, visit.outcome)}</b>
      <small>
        {t.at(visit.visited_at)} · {visit.visited_by?.name ?? t("not_known")}
        {visit.care_done?.length ? ` · ${t("care_done", { n: visit.care_done.length })}` : ""}
      </small>
      {visit.note && (
        <>
          <span class="words">{visit.note}</span>
          <small>{t("note_until", { day: t.day(visit.note_expires_on) })}</small>
        </>
      )}
      {photos.length > 0 && (
        <ul class="photos" aria-label={t("visit_photos")}>
          {photos.map((item) => (
            <li key={item.id}>
              <ApiImage
                path={`/api/v1/media/${item.id}/thumbnail`}
                alt={`${t.code(MEDIA, item.kind)} ${t.at(visit.visited_at)}`}
              />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
