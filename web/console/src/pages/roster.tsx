// The roster of a week: shifts and gaps of each grid, who is on duty now, and absences.
import { useState } from "preact/hooks";
import { formatWeekday } from "../../../src/i18n";
import { useOwnStreetsAndCommunities } from "../hooks/use-own-areas";
import { useJurisdiction } from "../hooks/use-jurisdiction";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { Absences } from "../people/absences";
import { OnDuty } from "../people/on-duty";
import { type ShiftDraft, ShiftForm } from "../people/shift-form";
import { ShiftImport } from "../people/shift-import";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { addDays, instantFromLocalTime, localTimeIn, mondayOf } from "../zone-time";

const HOURS = /^\d\d:\d\d-\d\d:\d\d$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
type Item = Schemas["RosterItem"];

export default function RosterPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const jurisdiction = useJurisdiction(props.query.get("jurisdiction"));
  return (
    <Page title={t("roster")} testid="roster">
      <Loaded query={jurisdiction}>
        {({ chosen, all }) => <WeekRoster query={props.query} code={chosen.code} zone={chosen.zone} all={all} />}
      </Loaded>
    </Page>
  );
}

function WeekRoster(props: { query: URLSearchParams; code: string; zone: string; all: Schemas["JurisdictionOut"][] }) {
  const t = useTranslation();
  const me = useMe();
  const { query, zone, code } = props;
  const [draft, setDraft] = useState<ShiftDraft | null>(null);
  const [announcement, setAnnouncement] = useState("");
  const requestedWeek = query.get("week") ?? "";
  const today = localTimeIn(zone, Date.now()).day;
  const monday = mondayOf(DAY.test(requestedWeek) ? requestedWeek : today);
  const days = Array.from({ length: 7 }, (_, n) => addDays(monday, n));
  const hours = HOURS.test(query.get("hours") ?? "") ? query.get("hours")! : "08:00-18:00";
  const within = query.get("area_id");
  const isEditor = hasPermission(me, "worker:edit");
  const period = {
    jurisdiction: code,
    since: instantFromLocalTime(zone, { day: monday, time: "00:00" }),
    until: instantFromLocalTime(zone, { day: addDays(monday, 7), time: "00:00" }),
    ...(within ? { area_id: within } : {}),
  };
  const pageParams = {
    limit: 50,
    hours,
    ...(query.get("gaps") ? { only_gaps: true } : {}),
    ...(query.get("cursor") ? { cursor: query.get("cursor")! } : {}),
  };
  const read = async () => {
    const page = await callApi(
      client.GET("/api/v1/shifts/roster", { params: { query: { ...period, ...pageParams } } }),
    );
    if (page.items?.some((item) => item.shifts?.length)) return { ...page, isPlanned: true };
    // Other pages, and grids without gaps, may have shifts.
    const { since, until, area_id } = period;
    const params = { query: { since, until, limit: 1, ...(area_id ? { area_id } : {}) } };
    const shifts = await callApi(client.GET("/api/v1/shifts", { params }));
    return { ...page, isPlanned: !!shifts.items?.length };
  };
  const roster = useQuery(read, `roster ${query} ${monday} ${zone}`);
  const link = (week: string) => `#/roster?${queryString({ ...Object.fromEntries(query), week, cursor: null })}`;
  const begin = (next: ShiftDraft) => (setAnnouncement(""), setDraft(next));
  return (
    <>
      <RosterFilter query={query} monday={monday} hours={hours} all={props.all} code={code} />
      <p class="pager">
        <a href={link(addDays(monday, -7))} data-testid="week-before">
          ← {t("week_before")}
        </a>
        <a href={link(mondayOf(today))}>{t("this_week")}</a>
        <a href={link(addDays(monday, 7))} data-testid="week-after">
          {t("week_after")} →
        </a>
      </p>
      <p class="quiet">{t("times_of", { zone })}</p>
      <p role="status" class="good" data-testid="said">
        {announcement}
      </p>
      <Loaded query={roster}>
        {(data) => (
          <>
            {!data.isPlanned && !!data.items?.length && (
              <NoRoster days={days} today={today} items={isEditor ? data.items : []} begin={begin} />
            )}
            <WeekTable
              items={data.items ?? []}
              isPlanned={data.isPlanned}
              days={days}
              today={today}
              zone={zone}
              hours={hours}
              begin={isEditor ? begin : null}
            />
            <Pager query={query} page="roster" next={data.next ?? null} />
          </>
        )}
      </Loaded>
      <OnDuty within={within} zone={zone} />
      <Absences within={within} zone={zone} hours={hours} onChanged={roster.reload} />
      {isEditor && <ShiftImport query={period} week={monday} onPlanned={roster.reload} />}
      {draft && (
        <ShiftForm
          draft={draft}
          zone={zone}
          within={within}
          hours={hours}
          onClose={() => setDraft(null)}
          onDone={(done) => (setDraft(null), setAnnouncement(t(done)), roster.reload())}
        />
      )}
    </>
  );
}

/** Says that the week has no shift, instead of the gaps of all grids. `items`: the grids in which shifts can be planned. */
function NoRoster(props: { days: string[]; today: string; items: Item[]; begin: (draft: ShiftDraft) => void }) {
  const t = useTranslation();
  const { days, today, items } = props;
  const first = items.find((item) => item.responsible?.length) ?? items[0];
  const day = days.includes(today) ? today : days[0]!;
  const title = t("plan_for", { grid: t.named(first?.grid?.name), day: t.day(day) });
  return (
    <section class="order" aria-labelledby="no-roster" data-testid="no-roster">
      <h2 id="no-roster">{t("no_roster")}</h2>
      <p>
        {t("no_roster_means", { from: t.day(days[0]), to: t.day(days[6]) })} {first && t("no_roster_how")}
      </p>
      {first && (
        <p class="buttons">
          <button
            type="button"
            class="main"
            onClick={() => props.begin({ title, shift: null, day, first: first.responsible ?? [] })}
            data-testid="first-shift"
          >
            {t("first_shift")}
          </button>
          <button
            type="button"
            onClick={() => document.querySelector<HTMLElement>("[name=sheet]")?.focus()}
            data-testid="to-sheet"
          >
            {t("import_sheet")}
          </button>
        </p>
      )}
    </section>
  );
}

function RosterFilter(props: {
  query: URLSearchParams;
  monday: string;
  hours: string;
  all: Schemas["JurisdictionOut"][];
  code: string;
}) {
  const t = useTranslation();
  const { query } = props;
  const areas = useOwnStreetsAndCommunities();
  const [from = "", to = ""] = props.hours.split("-");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formValues = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<
      string,
      string
    >;
    const hours =
      formValues["hours_from"] && formValues["hours_to"] ? `${formValues["hours_from"]}-${formValues["hours_to"]}` : "";
    navigate(
      `roster?${queryString({ area_id: formValues["area_id"], week: formValues["week"], hours, gaps: formValues["gaps"], jurisdiction: formValues["jurisdiction"] })}`,
    );
  };
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="roster-filter">
      <label>
        {t("area")}
        <select name="area_id" key={`a${areas.length}`} defaultValue={query.get("area_id") ?? ""}>
          <option value="">{t("all_mine")}</option>
          {areas.map((area) => (
            <option key={area.id} value={area.id}>
              {t.named(area.properties?.name)}
            </option>
          ))}
        </select>
      </label>
      {props.all.length > 1 && (
        <label>
          {t("jurisdiction")}
          <select name="jurisdiction" defaultValue={props.code}>
            {props.all.map((jurisdiction) => (
              <option key={jurisdiction.code} value={jurisdiction.code}>
                {t.named(jurisdiction.name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t("week_from")}
        <input type="date" name="week" defaultValue={props.monday} key={props.monday} />
      </label>
      <fieldset>
        <legend>{t("cover_hours")}</legend>
        <span class="pair">
          <input type="time" name="hours_from" aria-label={t("from")} defaultValue={from} />
          <input type="time" name="hours_to" aria-label={t("to")} defaultValue={to} />
        </span>
      </fieldset>
      <label class="check">
        <input type="checkbox" name="gaps" value="1" defaultChecked={query.has("gaps")} /> {t("only_gaps")}
      </label>
      <span class="buttons">
        <button class="main">{t("show")}</button>
      </span>
    </form>
  );
}

type TimeSpan = { from: string; to: string };

/** Return the part of a period that lies within a day in the time zone, or null. */
function partOfDay(zone: string, day: string, since: string, until: string): TimeSpan | null {
  const from = localTimeIn(zone, since);
  const to = localTimeIn(zone, until);
  if (from.day > day || to.day < day || (to.day === day && to.time === "00:00")) return null;
  return { from: from.day < day ? "00:00" : from.time, to: to.day > day ? "24:00" : to.time };
}

/** The worker and their hours; a narrow column breaks between them, not within the hours. */
function ShiftWords(props: { name: string; part: TimeSpan }) {
  return (
    <>
      {props.name}{" "}
      <span class="hours">
        {props.part.from}–{props.part.to}
      </span>
    </>
  );
}

function WeekTable(props: {
  items: Item[];
  /** False: no shift is planned in the week, and gaps are not marked. */
  isPlanned: boolean;
  days: string[];
  today: string;
  zone: string;
  hours: string;
  begin: ((draft: ShiftDraft) => void) | null;
}) {
  const t = useTranslation();
  const { items, isPlanned, days, zone, begin } = props;
  const withGaps = items.filter((item) => item.gaps?.length).length;
  const caption = t(isPlanned ? "roster_of" : "roster_of_none", {
    from: t.day(days[0]),
    to: t.day(days[6]),
    n: items.length,
    m: withGaps,
  });
  const change = (shift: Schemas["RosterShift"], day: string) =>
    begin?.({ title: t("change_shift"), shift, day, first: [] });
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table class="week" data-testid="week">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("grid")}</th>
            {days.map((day) => (
              <th key={day} scope="col" aria-current={day === props.today ? "date" : undefined}>
                {formatWeekday(t.language, day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => {
            const name = t.named(item.grid?.name);
            return (
              <tr key={item.grid?.id} data-testid={`grid-${item.grid?.id}`}>
                <th scope="row">
                  {name}
                  <small class="lines">
                    {item.responsible?.length ? (
                      t.list([...new Set(item.responsible.map((responsibility) => responsibility.worker_name ?? ""))])
                    ) : (
                      <span class="bad">{t("nobody_looks")}</span>
                    )}
                  </small>
                </th>
                {days.map((day) => (
                  <td key={day} data-testid={`${item.grid?.code} ${day}`}>
                    {item.shifts?.map((shift) => {
                      const part = partOfDay(zone, day, shift.since, shift.until);
                      if (!part) return null;
                      const words = `${shift.worker_name} ${part.from}–${part.to}`;
                      return begin ? (
                        <button
                          key={shift.id}
                          type="button"
                          class="shift"
                          title={shift.note ?? ""}
                          aria-label={t("shift_of", { what: words, day: formatWeekday(t.language, day) })}
                          onClick={() => change(shift, day)}
                          data-testid={`shift-${shift.id}`}
                        >
                          <ShiftWords name={shift.worker_name ?? ""} part={part} />
                        </button>
                      ) : (
                        <span key={shift.id} class="shift" title={shift.note ?? ""}>
                          <ShiftWords name={shift.worker_name ?? ""} part={part} />
                        </span>
                      );
                    })}
                    {(isPlanned ? item.gaps : [])?.map((gap) => {
                      const part = partOfDay(zone, day, gap.since, gap.until);
                      return (
                        part && (
                          <span key={gap.since} class="gap">
                            {t("gap_words", {
                              ...part,
                              reason: t(gap.reason === "nobody_responsible" ? "nobody_responsible" : "nobody_planned"),
                            })}
                          </span>
                        )
                      );
                    })}
                    {begin && (
                      <button
                        type="button"
                        class="small"
                        aria-label={t("plan_for", { grid: name, day: formatWeekday(t.language, day) })}
                        onClick={() =>
                          begin({
                            title: t("plan_for", { grid: name, day: formatWeekday(t.language, day) }),
                            shift: null,
                            day,
                            first: item.responsible ?? [],
                          })
                        }
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
