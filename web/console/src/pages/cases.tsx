// The list of cases. Its filters are in the address, so that figures and bookmarks can link to it.
import { useState } from "preact/hooks";
import { BulkActions } from "../case/bulk-actions";
import { CaseTable, toSelection } from "../case/case-table";
import type { IncidentPage } from "../case/incident";
import { BULK_LIMIT, type Selection } from "../case/selection";
import { useAreas, useCategories, useUnits } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { ACCEPT_JSON, callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { FILTER, STATUS } from "../words/codes";

const IN_FORM = ["status", "category", "area_id", "owner_unit_id", "q", "case_no", "overdue", "waiting"];
const LIMIT = "50";

export function CasesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const params = new URLSearchParams(props.query);
  if (!params.has("limit")) params.set("limit", LIMIT);
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/incidents", {
          params: { query: Object.fromEntries(params) as never },
          headers: ACCEPT_JSON,
        }),
      ) as Promise<IncidentPage>,
    `cases ${params}`,
  );
  const printParams = new URLSearchParams({ path: `/api/v1/incidents/print?${params}` });
  const me = useMe();
  const [selection, setSelection] = useState<Selection>(new Map());
  const [isMore, setMore] = useState(false);
  const mutation = useMutation();
  const chooseAll = () =>
    mutation.run(async () => {
      const query = { ...Object.fromEntries(props.query), limit: BULK_LIMIT };
      const all = (await callApi(
        client.GET("/api/v1/incidents", { params: { query: query as never }, headers: ACCEPT_JSON }),
      )) as IncidentPage;
      setSelection(toSelection(all.items ?? []));
      setMore(!!all.next);
    });
  const canDirect = hasPermission(me, "incident:direct");
  return (
    <Page title={t("cases")} testid="cases" tools={<a href={`#/paper?${printParams}`}>{t("print_list")}</a>}>
      <CaseFilters query={props.query} />
      <Loaded query={list}>
        {(data) => (
          <>
            {canDirect && (
              <p class="buttons">
                <button
                  type="button"
                  onClick={() => void chooseAll()}
                  disabled={mutation.isBusy}
                  data-testid="choose-all"
                >
                  {t("choose_all", { n: BULK_LIMIT })}
                </button>
                {selection.size > 0 && (
                  <button type="button" class="plain" onClick={() => (setSelection(new Map()), setMore(false))}>
                    {t("choose_none")}
                  </button>
                )}
                <span role="status" data-testid="chosen">
                  {selection.size > 0 && t("chosen_n", { n: selection.size })}{" "}
                  {isMore && t("more_than", { n: BULK_LIMIT })}{" "}
                  {selection.size > BULK_LIMIT && t("at_once_most", { n: BULK_LIMIT })}
                </span>
                <MutationStatus mutation={mutation} doneText="" />
              </p>
            )}
            <CaseTable
              cases={data.items ?? []}
              caption={t("page_of_cases", { n: data.items?.length ?? 0 })}
              {...(canDirect ? { chosen: selection, onChoose: setSelection } : {})}
            />
            <Pager query={props.query} page="cases" next={data.next ?? null} />
            {selection.size > 0 && <BulkActions chosen={selection} onDone={list.reload} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function CaseFilters(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const categories = [...useCategories().values()];
  const streets = useAreas("street");
  const communities = useAreas("community");
  const areas = [...streets, ...communities];
  const units = useUnits();
  const value = (name: string) => query.get(name) ?? "";
  // Filters of a figure's link that have no field in the form.
  const others = [...query].filter(([name]) => !IN_FORM.includes(name) && !["cursor", "limit"].includes(name));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const next = new URLSearchParams(others);
    for (const name of IN_FORM) {
      const text = String(formData.get(name) ?? "").trim();
      if (text) next.set(name, text);
    }
    navigate(`cases?${next}`);
  };
  const severalStatuses = value("status").split(",").length > 1 ? [value("status")] : [];
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="filters">
      <label>
        {t("status")}
        <select name="status" defaultValue={value("status")}>
          <option value="">{t("all")}</option>
          {severalStatuses.map((several) => (
            <option key={several} value={several}>
              {several
                .split(",")
                .map((code) => t.code(STATUS, code))
                .join(", ")}
            </option>
          ))}
          {Object.keys(STATUS).map((code) => (
            <option key={code} value={code}>
              {t.code(STATUS, code)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("category")}
        <select name="category" key={`c${categories.length}`} defaultValue={value("category")}>
          <option value="">{t("all")}</option>
          {categories.map((category) => (
            <option key={category.code} value={category.code}>
              {category.code} {t.named(category.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("area")}
        <select name="area_id" key={`a${areas.length}`} defaultValue={value("area_id")}>
          <option value="">{t("all")}</option>
          {value("area_id") !== "" && !areas.some((area) => area.id === value("area_id")) ? (
            <option value={value("area_id")}>…</option>
          ) : null}
          {areas.map((area) => (
            <option key={area.id} value={area.id}>
              {t.named(area.properties?.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("unit")}
        <select name="owner_unit_id" key={`u${units.length}`} defaultValue={value("owner_unit_id")}>
          <option value="">{t("all")}</option>
          {units.map((unit) => (
            <option key={unit.id} value={unit.id}>
              {t.named(unit.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("case_no")}
        <input name="case_no" defaultValue={value("case_no")} maxLength={40} />
      </label>
      <label>
        {t("text")}
        <input name="q" type="search" defaultValue={value("q")} maxLength={200} />
      </label>
      <label class="check">
        <input type="checkbox" name="overdue" value="true" defaultChecked={value("overdue") === "true"} />{" "}
        {t("only_overdue")}
      </label>
      <label class="check">
        <input type="checkbox" name="waiting" value="true" defaultChecked={value("waiting") === "true"} />{" "}
        {t("only_waiting")}
      </label>
      <span class="buttons">
        <button class="main">{t("filter")}</button>
        <a href="#/cases">{t("clear")}</a>
      </span>
      {others.length > 0 && (
        <p class="quiet">{t("also_filtered", { what: others.map(([name]) => t.code(FILTER, name)).join(", ") })}</p>
      )}
    </form>
  );
}
