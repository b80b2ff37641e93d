// A week of an area: who is planned in each grid, when nobody is, who is there now, who stands in.
import { useState } from "preact/hooks";
import { useAreas } from "../hooks/reference-data";
import { useJurisdiction } from "../hooks/use-jurisdiction";
import { may, useMe } from "../hooks/use-me";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { Absences } from "../people/absences";
import { OnDuty } from "../people/on-duty";
import { type Meant, ShiftForm } from "../people/shift-form";
import { Sheets } from "../people/shift-import";
import { client, load, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { addDays, dayName, instantOf, inZone, mondayOf } from "../zone-time";

const HOURS = /^\d\d:\d\d-\d\d:\d\d$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
type Item = Schemas["RosterItem"];

export default function RosterPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const jurisdiction = useJurisdiction(props.query.get("jurisdiction"));
  return (
    <Page title={t("roster")} testid="roster">
      <Ready of={jurisdiction}>{({ chosen, all }) => <Week query={props.query} code={chosen.code} zone={chosen.zone} all={all} />}</Ready>
    </Page>
  );
}

function Week(props: { query: URLSearchParams; code: string; zone: string; all: Schemas["JurisdictionOut"][] }) {
  const t = useWords();
  const me = useMe();
  const { query, zone, code } = props;
  const [meant, setMeant] = useState<Meant | null>(null);
  const [said, setSaid] = useState("");
  const asked = query.get("week") ?? "";
  const today = inZone(zone, Date.now()).day;
  const monday = mondayOf(DAY.test(asked) ? asked : today);
  const days = Array.from({ length: 7 }, (_, n) => addDays(monday, n));
  const hours = HOURS.test(query.get("hours") ?? "") ? query.get("hours")! : "08:00-18:00";
  const within = query.get("area");
  const isEditor = may(me, "worker:edit");
  const period = { jurisdiction: code, since: instantOf(zone, { day: monday, time: "00:00" }), until: instantOf(zone, { day: addDays(monday, 7), time: "00:00" }), ...(within ? { within } : {}) };
  const more = { limit: 50, hours, ...(query.get("gaps") ? { only_gaps: true } : {}), ...(query.get("cursor") ? { cursor: query.get("cursor")! } : {}) };
  const roster = useLoaded(() => load(client.GET("/api/v1/shifts/roster", { params: { query: { ...period, ...more } } })), `roster ${query} ${monday} ${zone}`);
  const link = (week: string) => `#/roster?${queryOf({ ...Object.fromEntries(query), week, cursor: null })}`;
  const begin = (next: Meant) => (setSaid(""), setMeant(next));
  return (
    <>
      <Choice query={query} monday={monday} hours={hours} all={props.all} code={code} />
      <p class="pager">
        <a href={link(addDays(monday, -7))} data-testid="week-before">← {t("week_before")}</a>
        <a href={link(mondayOf(today))}>{t("this_week")}</a>
        <a href={link(addDays(monday, 7))} data-testid="week-after">{t("week_after")} →</a>
      </p>
      <p class="quiet">{t("times_of", { zone })}</p>
      <p role="status" class="good" data-testid="said">{said}</p>
      <Ready of={roster}>
        {(data) => (
          <>
            <Table items={data.items ?? []} days={days} today={today} zone={zone} hours={hours} begin={isEditor ? begin : null} />
            <Pager query={query} page="roster" next={data.next ?? null} />
          </>
        )}
      </Ready>
      <OnDuty within={within} zone={zone} />
      <Absences within={within} zone={zone} hours={hours} onChanged={roster.reload} />
      {isEditor && <Sheets query={period} week={monday} onPlanned={roster.reload} />}
      {meant && (
        <ShiftForm
          meant={meant}
          zone={zone}
          within={within}
          hours={hours}
          onClose={() => setMeant(null)}
          onDone={(done) => (setMeant(null), setSaid(t(done)), roster.reload())}
        />
      )}
    </>
  );
}

function Choice(props: { query: URLSearchParams; monday: string; hours: string; all: Schemas["JurisdictionOut"][]; code: string }) {
  const t = useWords();
  const { query } = props;
  const areas = [...useAreas("street"), ...useAreas("community")];
  const [from = "", to = ""] = props.hours.split("-");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    const hours = said["hours_from"] && said["hours_to"] ? `${said["hours_from"]}-${said["hours_to"]}` : "";
    go(`roster?${queryOf({ area: said["area"], week: said["week"], hours, gaps: said["gaps"], jurisdiction: said["jurisdiction"] })}`);
  };
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="roster-filter">
      <label>
        {t("area")}
        <select name="area" key={`a${areas.length}`} defaultValue={query.get("area") ?? ""}>
          <option value="">{t("all_mine")}</option>
          {areas.map((area) => <option key={area.id} value={area.id}>{t.named(area.properties?.name)}</option>)}
        </select>
      </label>
      {props.all.length > 1 && (
        <label>
          {t("jurisdiction")}
          <select name="jurisdiction" defaultValue={props.code}>
            {props.all.map((one) => <option key={one.code} value={one.code}>{t.named(one.name)}</option>)}
          </select>
        </label>
      )}
      <label>{t("week_from")}<input type="date" name="week" defaultValue={props.monday} key={props.monday} /></label>
      <fieldset>
        <legend>{t("cover_hours")}</legend>
        <span class="pair">
          <input type="time" name="hours_from" aria-label={t("from")} defaultValue={from} />
          <input type="time" name="hours_to" aria-label={t("to")} defaultValue={to} />
        </span>
      </fieldset>
      <label class="check"><input type="checkbox" name="gaps" value="1" defaultChecked={query.has("gaps")} /> {t("only_gaps")}</label>
      <span class="buttons"><button class="main">{t("show")}</button></span>
    </form>
  );
}

type Span = { from: string; to: string };

/** The part of a span that lies in a day, on the clocks of the zone; null: none. */
function within(zone: string, day: string, since: string, until: string): Span | null {
  const from = inZone(zone, since);
  const to = inZone(zone, until);
  if (from.day > day || to.day < day || (to.day === day && to.time === "00:00")) return null;
  return { from: from.day < day ? "00:00" : from.time, to: to.day > day ? "24:00" : to.time };
}

function Table(props: { items: Item[]; days: string[]; today: string; zone: string; hours: string; begin: ((meant: Meant) => void) | null }) {
  const t = useWords();
  const { items, days, zone, begin } = props;
  const withGaps = items.filter((item) => item.gaps?.length).length;
  const caption = t("roster_of", { from: dayName(t.language, days[0]!), to: dayName(t.language, days[6]!), n: items.length, m: withGaps });
  const change = (shift: Schemas["RosterShift"], day: string) => begin?.({ title: t("change_shift"), shift, day, first: [] });
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table class="week" data-testid="week">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("grid")}</th>
            {days.map((day) => <th key={day} scope="col" aria-current={day === props.today ? "date" : undefined}>{dayName(t.language, day)}</th>)}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => {
            const name = t.named(item.grid?.name);
            return (
              <tr key={item.grid?.id} data-testid={`grid-${item.grid?.id}`}>
                <th scope="row">
                  {name}
                  <small class="lines">{item.responsible?.length ? [...new Set(item.responsible.map((one) => one.worker_name))].join("、") : <span class="bad">{t("nobody_looks")}</span>}</small>
                </th>
                {days.map((day) => (
                  <td key={day} data-testid={`${item.grid?.code} ${day}`}>
                    {item.shifts?.map((shift) => {
                      const part = within(zone, day, shift.since!, shift.until!);
                      if (!part) return null;
                      const words = `${shift.worker_name} ${part.from}–${part.to}`;
                      return begin ? (
                        <button
                          key={shift.id}
                          type="button"
                          class="shift"
                          title={shift.note ?? ""}
                          aria-label={t("shift_of", { what: words, day: dayName(t.language, day) })}
                          onClick={() => change(shift, day)}
                          data-testid={`shift-${shift.id}`}
                        >
                          {words}
                        </button>
                      ) : (
                        <span key={shift.id} class="shift" title={shift.note ?? ""}>{words}</span>
                      );
                    })}
                    {item.gaps?.map((gap) => {
                      const part = within(zone, day, gap.since!, gap.until!);
                      return part && <span key={gap.since} class="gap">{t("gap_words", { ...part, reason: t(gap.reason === "nobody_responsible" ? "nobody_responsible" : "nobody_planned") })}</span>;
                    })}
                    {begin && (
                      <button
                        type="button"
                        class="small"
                        aria-label={t("plan_for", { grid: name, day: dayName(t.language, day) })}
                        onClick={() => begin({ title: t("plan_for", { grid: name, day: dayName(t.language, day) }), shift: null, day, first: item.responsible ?? [] })}
                      >
                        +
                      </button>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
