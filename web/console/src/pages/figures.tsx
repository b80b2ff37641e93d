// Figures of a period, with links to the cases of each.
import { CountedCases } from "../figures/counted-cases";
import { GROUPINGS, useGroupName } from "../figures/group-names";
import { FigurePictures } from "../figures/figure-pictures";
import { FindingList } from "../figures/finding-list";
import { findingsOf } from "../figures/findings";
import { GroupTable } from "../figures/group-table";
import { Skeleton } from "../figures/picture";
import { SummaryTables } from "../figures/summary-tables";
import { ComparedWith, Tiles } from "../figures/tiles";
import { useMe, useZone } from "../hooks/use-me";
import { useCountedAreas } from "../hooks/use-own-areas";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { PRIORITY } from "../words/codes";
import { localTimeIn } from "../zone-time";

export default function FiguresPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const groupName = useGroupName();
  const { query } = props;
  const today = localTimeIn(useZone(), Date.now()).day;
  const from = query.get("from") ?? `${today.slice(0, 7)}-01`;
  const to = query.get("to") ?? today;
  const groupBy = query.get("group_by") ?? "area:community";
  const area = query.get("area_id") ?? me.areas[0]?.id ?? "";
  const priority = query.get("priority") ?? "";
  const params = {
    from,
    to,
    group_by: groupBy,
    ...(area ? { area_id: area } : {}),
    ...(priority ? { priority } : {}),
    compare: "previous,year_before",
  } as never;
  const figures = useQuery(
    () => callApi(client.GET("/api/v1/figures", { params: { query: params } })),
    `figures ${from} ${to} ${groupBy} ${area} ${priority}`,
    false,
  );
  const hoursQuery = {
    from,
    to,
    ...(area ? { area_id: area } : {}),
    ...(priority ? { priority } : {}),
  };
  const namedGroups = (data: Schemas["Figures"]) =>
    data.groups.map((group) => ({ ...group, name: groupName(group.group), key: group.group.value ?? "" }));
  const areas = useCountedAreas();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    navigate(
      `figures?${queryString(Object.fromEntries(["from", "to", "group_by", "area_id", "priority"].map((name) => [name, String(formData.get(name) ?? "")])))}`,
    );
  };
  return (
    <Page
      title={t("figures")}
      testid="figures"
      tools={
        <button type="button" class="plain" onClick={() => print()}>
          {t("print")}
        </button>
      }
    >
      <form class="filters" onSubmit={submit}>
        <label>
          {t("from")}
          <input type="date" name="from" defaultValue={from} required />
        </label>
        <label>
          {t("to")}
          <input type="date" name="to" defaultValue={to} required />
        </label>
        <label>
          {t("group_by")}
          <select name="group_by" defaultValue={groupBy}>
            {GROUPINGS.map(([value, word]) => (
              <option key={value} value={value}>
                {t(word)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("area")}
          <select name="area_id" key={areas.length} defaultValue={area}>
            {me.areas.length === 0 && <option value="">{t("all")}</option>}
            {areas.map((option) => (
              <option key={option.id} value={option.id}>
                {t.named(option.name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("priority")}
          <select name="priority" defaultValue={priority}>
            <option value="">{t("all")}</option>
            {Object.keys(PRIORITY).map((option) => (
              <option key={option} value={option}>
                {t.code(PRIORITY, option)}
              </option>
            ))}
          </select>
        </label>
        <span class="buttons">
          <button class="main">{t("show")}</button>
        </span>
      </form>
      <Loaded query={figures} waiting={<Skeleton tiles={8} tall={4} />}>
        {(data) => (
          <>
            <p class="quiet">
              {t.day(data.period?.from)} – {t.day(data.period?.to)} ({data.period?.timezone})
              {data.period?.is_over ? "" : ` · ${t("not_over")}`}
            </p>
            <Tiles figures={data} tiles={data.tiles} />
            <ComparedWith period={data.period} />
            <FindingList findings={findingsOf(data.worst, data.rates, groupName)} definitions={data.definitions} />
            <FigurePictures
              data={data}
              groups={namedGroups(data)}
              by={groupBy}
              query={{ ...hoursQuery, ...(data.snapshot ? { snapshot: data.snapshot } : {}) }}
            />
            <h2>{t("all_figures")}</h2>
            <SummaryTables summary={data} />
            <GroupTable groups={namedGroups(data)} definitions={data.definitions} />
            <h2>{t("tail")}</h2>
            <CountedCases cases={data.tail ?? []} caption={t("tail")} />
          </>
        )}
      </Loaded>
      {figures.error !== null && figures.data === null && <ErrorMessage error={figures.error} />}
    </Page>
  );
}
