// A month of an area, as it is printed and handed on; every number opens the cases it counts.
import { CountedTable } from "../figures/counted-cases";
import { GroupTables } from "../figures/group-table";
import { Kept } from "../figures/monthly-report";
import { Whole } from "../figures/summary-tables";
import { useAreas } from "../hooks/reference-data";
import { useMe, useZone } from "../hooks/use-me";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, follow, load } from "../session";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { addDays, inZone } from "../zone-time";

const lastMonth = (zone: string) => addDays(`${inZone(zone, Date.now()).day.slice(0, 7)}-01`, -1).slice(0, 7);

export default function EvaluationPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const zone = useZone();
  const month = props.query.get("month") ?? lastMonth(zone);
  const area = props.query.get("area") ?? me.areas[0]?.id ?? "";
  const areas = [...useAreas("street"), ...useAreas("community")].filter((one) => !me.areas.some((mine) => mine.id === one.id));
  const asked = { month, ...(area ? { area } : {}) } as never;
  const found = useLoaded(() => load(client.GET("/api/v1/evaluation", { params: { query: asked } })), `evaluation ${month} ${area}`, false);
  const paper = new URLSearchParams({ path: found.data?.again?.html ?? "" });
  const sheet = async () => {
    const url = URL.createObjectURL(await follow<Blob>(found.data!.again!.xlsx!, "blob"));
    const link = Object.assign(document.createElement("a"), { href: url, download: `evaluation-${month}.xlsx` });
    link.click();
    URL.revokeObjectURL(url);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    go(`evaluation?${queryOf({ month: String(said.get("month")), area: String(said.get("area") ?? "") })}`);
  };
  return (
    <Page
      title={t("evaluation")}
      testid="evaluation"
      tools={
        found.data ? (
          <>
            <a href={`#/paper?${paper}`} data-testid="printed">{t("printed_report")}</a>
            <button type="button" class="plain" onClick={() => void sheet()}>XLSX</button>
          </>
        ) : null
      }
    >
      <form class="filters" onSubmit={submit}>
        <label>{t("month")}<input type="month" name="month" defaultValue={month} required /></label>
        <label>
          {t("area")}
          <select name="area" key={areas.length} defaultValue={area}>
            {me.areas.map((one) => <option key={one.id} value={one.id}>{t.named(one.name)}</option>)}
            {areas.map((one) => <option key={one.id} value={one.id}>{t.named(one.properties?.name)}</option>)}
          </select>
        </label>
        <span class="buttons"><button class="main">{t("show")}</button></span>
      </form>
      <Ready of={found}>
        {(data) => (
          <>
            <p class="quiet">{t.named(data.area?.name)} · {data.month}{data.period?.is_over ? "" : ` · ${t("not_over")}`}</p>
            {!!data.stands_out?.length && <ul>{data.stands_out.map((one, n) => <li key={n}>{t.named(one.sentence)}</li>)}</ul>}
            <Whole of={data} />
            <h2>{t("visits_and_coverage")}</h2>
            {data.kept && <Kept of={data.kept} />}
            {data.chapters?.map((chapter) => (
              <div key={chapter.by}>
                <GroupTables
                  caption={t.named(chapter.title)}
                  definitions={data.definitions!}
                  groups={(chapter.groups ?? []).map((one) => ({ ...one, name: t.named(one.title), key: one.group?.value ?? "" }))}
                />
                {!!chapter.left_out && <p class="quiet">{t("groups_left_out", { n: chapter.left_out })}</p>}
              </div>
            ))}
            <h2>{t("tail")}</h2>
            <CountedTable cases={(data.tail ?? []) as never} caption={t("tail")} />
          </>
        )}
      </Ready>
    </Page>
  );
}
