// The events of a case: who, when, why, and where if a position was sent.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useCategoryName, useUnitName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { DOUBT, ENDS, LEVEL } from "../words/case";
import { STAGE, STATUS, STEP } from "../words/codes";

type Event = Schemas["EventOut"];
type Presence = { doubts?: string[]; distance_m?: number | null; reason?: string | null };

export function Timeline(props: { events: Event[] }) {
  const t = useTranslation();
  const [isNewestFirst, setNewestFirst] = useState(true);
  const events = isNewestFirst ? [...props.events].reverse() : props.events;
  return (
    <section aria-labelledby="timeline">
      <div class="head">
        <h2 id="timeline">{t("timeline")}</h2>
        <button type="button" class="plain" onClick={() => setNewestFirst(!isNewestFirst)}>
          {t(isNewestFirst ? "oldest_first" : "newest_first")}
        </button>
      </div>
      <ol class="timeline" data-testid="timeline">
        {events.map((event) => (
          <li key={event.seq} data-action={event.action}>
            <b>{t.code(STEP, event.action)}</b>
            {event.to_status !== event.from_status && <> → {t.code(STATUS, event.to_status)}</>}
            <small>
              <time dateTime={event.occurred_at}>{t.at(event.occurred_at)}</time> ·{" "}
              {String(event.actor?.["name"] ?? t("system"))}
            </small>
            {event.note && <p class="words">{event.note}</p>}
            <EventDetails event={event} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The stored details of an event as text. Details without a text are left out. */
function EventDetails(props: { event: Event }) {
  const t = useTranslation();
  const category = useCategoryName();
  const unitName = useUnitName();
  const { action } = props.event;
  const detail = (props.event.detail ?? {}) as Record<string, unknown>;
  const text = (name: string): string =>
    typeof detail[name] === "string" || typeof detail[name] === "number" ? String(detail[name]) : "";
  const details: ComponentChildren[] = [];
  const presence = detail["presence"] as Presence | undefined;
  if (presence) details.push(<PresenceOfStep presence={presence} />);
  const where = props.event.place;
  if (where)
    details.push(
      <span data-testid="step-at">
        {t("done_at", { place: formatPoint(where), n: Math.round(where.accuracy_m ?? 0) })}
      </span>,
    );
  const late = minutesBetween(props.event.occurred_at, text("received_at"));
  if (late >= 1) details.push(<span data-testid="told-later">{t("told_later", { n: late })}</span>);
  if (action === "relocate")
    details.push(t("moved_from_to", { from: formatPoint(detail["from"]), to: formatPoint(detail["to"]) }));
  if (action === "recategorise")
    details.push(t("moved_from_to", { from: category(text("from")), to: category(text("to")) }));
  if (action === "change_owner")
    details.push(t("moved_from_to", { from: unitName(text("from")) || t("none"), to: unitName(text("to")) }));
  if (action === "ask_extension") details.push(t("asked_more", { amount: t.amount(text("amount"), text("unit")) }));
  if (action === "grant_extension")
    details.push(
      t("given_more", {
        amount: t.amount(text("amount"), text("unit")),
        from: t.at(text("from")),
        to: t.at(text("to")),
      }),
    );
  if (action === "stage_done") details.push(t.code(STAGE, text("stage")));
  if (action === "escalate" && text("level")) details.push(t("told_level", { level: t.code(LEVEL, text("level")) }));
  if (text("until")) details.push(t("until_then", { at: t.at(text("until")) }));
  if (text("case_no")) details.push(t("other_case", { no: text("case_no") }));
  if (text("unit_id") && unitName(text("unit_id"))) details.push(t("to_whom", { name: unitName(text("unit_id")) }));
  const because = text("reason");
  if (because && (action ?? "") in ENDS)
    details.push(t("because_of", { words: t.code(ENDS[action ?? ""] ?? {}, because) }));
  const media = Array.isArray(detail["media"]) ? detail["media"].length : 0;
  if (media > 0) details.push(t("with_media", { n: media }));
  if (details.length === 0) return null;
  return (
    <ul class="detail">
      {details.map((detailItem, n) => (
        <li key={n}>{detailItem}</li>
      ))}
    </ul>
  );
}

function PresenceOfStep(props: { presence: Presence }) {
  const t = useTranslation();
  const { doubts = [], distance_m, reason } = props.presence;
  const where =
    distance_m == null ? "" : t(doubts.includes("away") ? "how_far_off" : "at_the_place", { n: distance_m });
  const why = reason ? t("explained_by", { words: reason }) : "";
  return (
    <span class={doubts.length ? "bad" : ""} data-testid="place-of-step">
      {t("place_of_step")}:{" "}
      {[where, ...doubts.filter((doubt) => doubt !== "away" || !where).map((doubt) => t.code(DOUBT, doubt)), why]
        .filter(Boolean)
        .join("; ")}
    </span>
  );
}

function minutesBetween(from: string | undefined, to: string): number {
  return from && to ? Math.floor((Date.parse(to) - Date.parse(from)) / 60_000) : 0;
}

function formatPoint(point: unknown): string {
  const { lon, lat } = (point ?? {}) as { lon?: number; lat?: number };
  return `${lon?.toFixed(5)}, ${lat?.toFixed(5)}`;
}
