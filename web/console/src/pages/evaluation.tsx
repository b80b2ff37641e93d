// The monthly evaluation of an area, with links to the cases of each figure, and its printed and XLSX versions.
import { CountedCases } from "../figures/counted-cases";
import { EvaluationPictures } from "../figures/evaluation-pictures";
import { FindingList } from "../figures/finding-list";
import { GroupTable } from "../figures/group-table";
import { linkEvaluation } from "../figures/linked-evaluation";
import { MonthlyReport } from "../figures/monthly-report";
import { Skeleton } from "../figures/picture";
import { SummaryTables } from "../figures/summary-tables";
import { ComparedWith, Tiles } from "../figures/tiles";
import { useZone } from "../hooks/use-me";
import { useCountedAreas } from "../hooks/use-own-areas";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, followPath } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { addDays, localTimeIn } from "../zone-time";

const lastMonth = (zone: string) => addDays(`${localTimeIn(zone, Date.now()).day.slice(0, 7)}-01`, -1).slice(0, 7);

export default function EvaluationPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const zone = useZone();
  const month = props.query.get("month") ?? lastMonth(zone);
  const areas = useCountedAreas();
  // An account without an area of its own begins with the first district; until the list is there, nothing is asked.
  const area = props.query.get("area_id") ?? areas[0]?.id ?? "";
  const params = { month, area_id: area } as never;
  const evaluation = useQuery(
    async () =>
      area ? linkEvaluation(await callApi(client.GET("/api/v1/evaluation", { params: { query: params } }))) : null,
    `evaluation ${month} ${area}`,
    false,
  );
  const printParams = new URLSearchParams({ path: evaluation.data?.again?.html ?? "" });
  const downloadXlsx = async () => {
    const url = URL.createObjectURL(await followPath<Blob>(evaluation.data!.again.xlsx, "blob"));
    const link = Object.assign(document.createElement("a"), { href: url, download: `evaluation-${month}.xlsx` });
    link.click();
    URL.revokeObjectURL(url);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    navigate(
      `evaluation?${queryString({ month: String(formData.get("month")), area_id: String(formData.get("area_id") ?? "") })}`,
    );
  };
  return (
    <Page
      title={t("evaluation")}
      testid="evaluation"
      tools={
        evaluation.data ? (
          <>
            <a href={`#/paper?${printParams}`} data-testid="printed">
              {t("printed_report")}
            </a>
            <button type="button" class="plain" onClick={() => void downloadXlsx()}>
              XLSX
            </button>
          </>
        ) : null
      }
    >
      <form class="filters" onSubmit={submit}>
        <label>
          {t("month")}
          <input type="month" name="month" defaultValue={month} required />
        </label>
        <label>
          {t("area")}
          <select name="area_id" key={areas.length} defaultValue={area}>
            {areas.map((option) => (
              <option key={option.id} value={option.id}>
                {t.named(option.name)}
              </option>
            ))}
          </select>
        </label>
        <span class="buttons">
          <button class="main">{t("show")}</button>
        </span>
      </form>
      <Loaded query={evaluation} waiting={<Skeleton tiles={8} tall={4} />}>
        {(data) =>
          data && (
            <>
              <p class="quiet">
                {t.named(data.area?.name)} · {t.month(data.month)}
                {data.period?.is_over ? "" : ` · ${t("not_over")}`}
              </p>
              <Tiles figures={data} tiles={data.tiles} />
              <ComparedWith period={data.period} />
              <FindingList
                findings={data.findings.map((finding) => ({ ...finding, name: t.named(finding.title) }))}
                definitions={data.definitions}
              />
              <EvaluationPictures data={data} />
              <h2>{t("all_figures")}</h2>
              <SummaryTables summary={data} />
              <h2>{t("visits_and_coverage")}</h2>
              {data.kept && <MonthlyReport report={data.kept} />}
              {data.chapters.map((chapter) => (
                <details key={chapter.by} class="chapter" data-testid={`chapter-${chapter.by}`}>
                  <summary>
                    {t.named(chapter.title)} <small>{chapter.groups.length}</small>
                  </summary>
                  <GroupTable
                    caption={t.named(chapter.title)}
                    definitions={data.definitions}
                    groups={chapter.groups.map((group) => ({
                      ...group,
                      name: t.named(group.title),
                      key: group.group.value ?? "",
                    }))}
                  />
                  {!!chapter.left_out && <p class="quiet">{t("groups_left_out", { n: chapter.left_out })}</p>}
                </details>
              ))}
              <h2>{t("tail")}</h2>
              <CountedCases cases={data.tail ?? []} caption={t("tail")} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
