// What was done in a period: every number opens the cases it counts.
import { CountedTable } from "../figures/counted-cases";
import { GROUPS, useGroupName } from "../figures/group-names";
import { GroupTables } from "../figures/group-table";
import { Whole } from "../figures/summary-tables";
import { Worst } from "../figures/worst-groups";
import { useAreas } from "../hooks/reference-data";
import { useMe, useZone } from "../hooks/use-me";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { Trouble } from "../ui/error-message";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { PRIORITY } from "../words/codes";
import { inZone } from "../zone-time";

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
