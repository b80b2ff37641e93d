// What was done in a period: every number opens the cases it counts.
import { Figure, Page, Ready, Table, Trouble, useAreas } from "../parts";
import { client, load, type Schemas } from "../session";
import { go, queryOf, useLoaded, useMe, useWords, useZone } from "../state";
import type { Word } from "../words";
import { PRIORITY } from "../words/codes";
import { inZone } from "../zoned";
import { CountedTable } from "./members";
import { useGroupName, Worst } from "./worst";

export const GROUPS: readonly [string, Word][] = [
  ["area:street", "street"],
  ["area:community", "community"],
  ["area:grid", "grid"],
  ["class", "class"],
  ["priority", "priority"],
  ["category", "category"],
  ["unit", "unit"],
  ["handling_unit", "handling_unit"],
  ["month", "month"],
  ["day", "day"],
];
const RATES = ["filing_rate", "closure_rate", "on_time_rate", "rework_rate"] as const;

export default function FiguresPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const called = useGroupName();
  const { query } = props;
  const today = inZone(useZone(), Date.now()).day;
  const from = query.get("from") ?? `${today.slice(0, 7)}-01`;
  const to = query.get("to") ?? today;
  const groupBy = query.get("group_by") ?? "area:community";
  const area = query.get("area") ?? me.areas[0]?.id ?? "";
  const priority = query.get("priority") ?? "";
  const asked = { from, to, group_by: groupBy, ...(area ? { area } : {}), ...(priority ? { priority } : {}), compare: "previous,year_before" } as never;
  const found = useLoaded(() => load(client.GET("/api/v1/figures", { params: { query: asked } })), `figures ${from} ${to} ${groupBy} ${area} ${priority}`, false);
  const areas = [...useAreas("street"), ...useAreas("community")];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    go(`figures?${queryOf(Object.fromEntries(["from", "to", "group_by", "area", "priority"].map((name) => [name, String(said.get(name) ?? "")])))}`);
  };
  return (
    <Page title={t("figures")} testid="figures" tools={<button type="button" class="plain" onClick={() => print()}>{t("print")}</button>}>
      <form class="filters" onSubmit={submit}>
        <label>{t("from")}<input type="date" name="from" defaultValue={from} required /></label>
        <label>{t("to")}<input type="date" name="to" defaultValue={to} required /></label>
        <label>
          {t("group_by")}
          <select name="group_by" defaultValue={groupBy}>
            {GROUPS.map(([value, word]) => <option key={value} value={value}>{t(word)}</option>)}
          </select>
        </label>
        <label>
          {t("area")}
          <select name="area" key={areas.length} defaultValue={area}>
            {me.areas.map((one) => <option key={one.id} value={one.id}>{t.named(one.name)}</option>)}
            {areas.filter((one) => !me.areas.some((mine) => mine.id === one.id)).map((one) => (
              <option key={one.id} value={one.id}>{t.named(one.properties?.name)}</option>
            ))}
          </select>
        </label>
        <label>
          {t("priority")}
          <select name="priority" defaultValue={priority}>
            <option value="">{t("all")}</option>
            {Object.keys(PRIORITY).map((one) => <option key={one} value={one}>{t.code(PRIORITY, one)}</option>)}
          </select>
        </label>
        <span class="buttons"><button class="main">{t("show")}</button></span>
      </form>
      <Ready of={found}>
        {(data) => (
          <>
            <p class="quiet">{data.period?.from} – {data.period?.to} ({data.period?.timezone}){data.period?.is_over ? "" : ` · ${t("not_over")}`}</p>
            <Whole of={data} />
            <GroupTables groups={(data.groups ?? []).map((one) => ({ ...one, name: called(one.group), key: one.group?.value ?? "" }))} definitions={data.definitions!} />
            <Worst
              worst={data.worst}
              rates={(data.definitions?.rates ?? []).map((one) => ({ name: one.name!, title: t.named(one.title), value: data.rates?.[one.name as keyof Schemas["Rates"]]?.value }))}
            />
            <h2>{t("tail")}</h2>
            <CountedTable cases={data.tail ?? []} caption={t("tail")} />
          </>
        )}
      </Ready>
      {found.error !== null && found.data === null && <Trouble error={found.error} />}
    </Page>
  );
}

type Beside = Schemas["FigureBeside"];

export function Number(props: { of: Counted; label: string }) {
  return props.of ? <Figure of={props.of} label={props.label} /> : <span class="quiet">–</span>;
}

export const percent = (value: number | null | undefined): string => (value == null ? "–" : `${(100 * value).toFixed(1)} %`);

type Counted = { count?: number; members?: string } | null | undefined;

/** A share, and under it the cases of which it is one. */
export function Rate(props: { value: number | null | undefined; of: Counted; among: Counted; label: string }) {
  const t = useWords();
  return (
    <>
      {percent(props.value)}
      {props.of && props.among && (
        <small class="of">
          <Number of={props.of} label={`${props.label} ${t("those")}`} /> / <Number of={props.among} label={`${props.label} ${t("among")}`} />
        </small>
      )}
    </>
  );
}

type Counts = { measures?: Schemas["Measures"]; rates?: Schemas["Rates"]; definitions?: Schemas["Definitions"] };

/** Measures beside the period before and the year before, and the rates with what they are made of. */
export function Whole(props: { of: Counts }) {
  const t = useWords();
  const { measures, rates, definitions } = props.of;
  return (
    <div class="columns">
      <Table caption={t("count")} heads={[t("what"), t("count"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="measures">
        {definitions?.measures?.map((one) => {
          const counted = measures?.[one.name as keyof Schemas["Measures"]] as Beside | undefined;
          const name = t.named(one.title);
          return (
            <tr key={one.name}>
              <th scope="row">{name}</th>
              <td class="number"><Number of={counted} label={name} /></td>
              <td class="number"><Number of={counted?.previous} label={`${name} ${t("previous")}`} /></td>
              <td class="number"><Number of={counted?.year_before} label={`${name} ${t("year_before")}`} /></td>
            </tr>
          );
        })}
      </Table>
      <Table caption={t("rate")} heads={[t("rate"), t("value"), t("previous"), t("year_before")]} numbers={[1, 2, 3]} testid="rates">
        {definitions?.rates?.map((one) => {
          const rate = rates?.[one.name as keyof Schemas["Rates"]];
          const name = t.named(one.title);
          return (
            <tr key={one.name}>
              <th scope="row">{name}</th>
              <td class="number"><Rate value={rate?.value} of={rate?.numerator} among={rate?.denominator} label={name} /></td>
              <td class="number"><Rate value={rate?.previous} of={rate?.numerator?.previous} among={rate?.denominator?.previous} label={`${name} ${t("previous")}`} /></td>
              <td class="number"><Rate value={rate?.year_before} of={rate?.numerator?.year_before} among={rate?.denominator?.year_before} label={`${name} ${t("year_before")}`} /></td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}

export type Grouped = { key: string; name: string; measures?: Schemas["Measures"]; rates?: Schemas["Rates"] };

/** A bar for what each group accepted, with its rates; the table says all that the bars do. */
export function GroupTables(props: { groups: Grouped[]; definitions: Schemas["Definitions"]; caption?: string }) {
  const t = useWords();
  if (props.groups.length === 0) return null;
  const most = Math.max(1, ...props.groups.map((one) => one.measures?.accepted?.count ?? 0));
  const title = (name: string) => t.named(props.definitions.rates?.find((one) => one.name === name)?.title);
  const accepted = t.named(props.definitions.measures?.find((one) => one.name === "accepted")?.title);
  const overdue = t.named(props.definitions.measures?.find((one) => one.name === "overdue")?.title);
  return (
    <Table caption={props.caption ?? t("group")} heads={[t("group"), accepted, "", overdue, ...RATES.map(title)]} numbers={[1, 3, 4, 5, 6, 7]} testid="groups">
      {props.groups.map((one) => {
        const { name } = one;
        return (
          <tr key={one.key}>
            <th scope="row">{name}</th>
            <td class="number"><Number of={one.measures?.accepted} label={`${name} ${accepted}`} /></td>
            <td>
              <svg class="bar" width="140" height="14" aria-hidden="true">
                <rect class="ground" width="140" height="14" />
                <rect width={(140 * (one.measures?.accepted?.count ?? 0)) / most} height="14" />
              </svg>
            </td>
            <td class="number"><Number of={one.measures?.overdue} label={`${name} ${overdue}`} /></td>
            {RATES.map((rate) => {
              const of = one.rates?.[rate];
              return <td key={rate} class="number"><Rate value={of?.value} of={of?.numerator} among={of?.denominator} label={`${name} ${title(rate)}`} /></td>;
            })}
          </tr>
        );
      })}
    </Table>
  );
}
