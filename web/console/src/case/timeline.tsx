// Everything that happened to a case: who, when, why, and from where if that was told.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useCategoryName, useUnits } from "../hooks/reference-data";
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { DOUBT, ENDS, LEVEL } from "../words/case";
import { STAGE, STATUS, STEP, TIME_UNIT } from "../words/codes";

type Event = Schemas["EventOut"];
type Presence = { doubts?: string[]; distance_m?: number | null; reason?: string | null };

export function Timeline(props: { events: Event[] }) {
  const t = useWords();
  const [isNewestFirst, setNewestFirst] = useState(true);
  const events = isNewestFirst ? [...props.events].reverse() : props.events;
  return (
    <section aria-labelledby="timeline">
      <div class="head">
        <h2 id="timeline">{t("timeline")}</h2>
        <button type="button" class="plain" onClick={() => setNewestFirst(!isNewestFirst)}>{t(isNewestFirst ? "oldest_first" : "newest_first")}</button>
      </div>
      <ol class="timeline" data-testid="timeline">
        {events.map((event) => (
          <li key={event.seq} data-action={event.action}>
            <b>{t.code(STEP, event.action)}</b>
            {event.to_status !== event.from_status && <> → {t.code(STATUS, event.to_status)}</>}
            <small>
              <time dateTime={event.occurred_at}>{t.at(event.occurred_at)}</time> · {String(event.actor?.["name"] ?? t("system"))}
            </small>
            {event.note && <p class="words">{event.note}</p>}
            <Detail of={event} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What was kept with a step, in words; what has none is left out. */
function Detail(props: { of: Event }) {
  const t = useWords();
  const category = useCategoryName();
  const units = useUnits();
  const { action } = props.of;
  const detail = (props.of.detail ?? {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof detail[name] === "string" || typeof detail[name] === "number" ? String(detail[name]) : "");
  const unitName = (id: string) => t.named(units.find((unit) => unit.id === id)?.name);
  const told: ComponentChildren[] = [];
  const presence = detail["presence"] as Presence | undefined;
  if (presence) told.push(<PlaceOfStep of={presence} />);
  const where = props.of.place;
  if (where) told.push(<span data-testid="step-at">{t("done_at", { place: place(where), n: Math.round(where.accuracy_m ?? 0) })}</span>);
  const late = minutesBetween(props.of.occurred_at, text("received_at"));
  if (late >= 1) told.push(<span data-testid="told-later">{t("told_later", { n: late })}</span>);
  if (action === "relocate") told.push(t("moved_from_to", { from: place(detail["from"]), to: place(detail["to"]) }));
  if (action === "recategorise") told.push(t("moved_from_to", { from: category(text("from")), to: category(text("to")) }));
  if (action === "change_owner") told.push(t("moved_from_to", { from: unitName(text("from")) || t("none"), to: unitName(text("to")) }));
  if (action === "ask_extension") told.push(t("asked_more", { n: text("amount"), unit: t.code(TIME_UNIT, text("unit")) }));
  if (action === "grant_extension") told.push(t("given_more", { n: text("amount"), from: t.at(text("from")), to: t.at(text("to")) }));
  if (action === "stage_done") told.push(t.code(STAGE, text("stage")));
  if (action === "escalate" && text("level")) told.push(t.code(LEVEL, text("level")));
  if (text("until")) told.push(t("until_then", { at: t.at(text("until")) }));
  if (text("case_no")) told.push(t("other_case", { no: text("case_no") }));
  if (text("unit_id") && unitName(text("unit_id"))) told.push(t("to_whom", { name: unitName(text("unit_id")) }));
  const because = text("reason");
  if (because && (action ?? "") in ENDS) told.push(t("because_of", { words: t.code(ENDS[action ?? ""] ?? {}, because) }));
  const media = Array.isArray(detail["media"]) ? detail["media"].length : 0;
  if (media > 0) told.push(t("with_media", { n: media }));
  if (told.length === 0) return null;
  return <ul class="detail">{told.map((one, n) => <li key={n}>{one}</li>)}</ul>;
}

function PlaceOfStep(props: { of: Presence }) {
  const t = useWords();
  const { doubts = [], distance_m, reason } = props.of;
  const where = distance_m == null ? "" : t(doubts.includes("away") ? "how_far_off" : "at_the_place", { n: distance_m });
  const why = reason ? t("explained_by", { words: reason }) : "";
  return (
    <span class={doubts.length ? "bad" : ""} data-testid="place-of-step">
      {t("place_of_step")}: {[where, ...doubts.filter((doubt) => doubt !== "away" || !where).map((doubt) => t.code(DOUBT, doubt)), why].filter(Boolean).join("; ")}
    </span>
  );
}

function minutesBetween(from: string | undefined, to: string): number {
  return from && to ? Math.floor((Date.parse(to) - Date.parse(from)) / 60_000) : 0;
}

function place(of: unknown): string {
  const { lon, lat } = (of ?? {}) as { lon?: number; lat?: number };
  return `${lon?.toFixed(5)}, ${lat?.toFixed(5)}`;
}
