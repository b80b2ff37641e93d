// The form of a new export: what, which rows by the filters of the list of cases, and the format.
import { useState } from "preact/hooks";
import { ANY_STATUS, listQuery } from "../case/list-query";
import { useCategories, useUnits } from "../hooks/reference-data";
import { useZone } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { ErrorMessage } from "../ui/error-message";
import { MutationStatus } from "../ui/mutation-status";
import { FILTER, STATUS } from "../words/codes";
import { FORMAT } from "../words/exchange";
import { useCollections } from "./collections";
import { carriedFilters, type ExportFilters, exportQuery, IN_AREAS, LIST_FILTERS } from "./export-filters";

/** Collections of which a large export needs a purpose. */
const OF_HOMES = ["premises", "households"];

/** `list`: the address of a list of cases whose filters the form begins with. */
export function NewExportForm(props: { list: URLSearchParams }) {
  const t = useTranslation();
  const zone = useZone();
  const mutation = useMutation();
  const [collection, setCollection] = useState("incidents");
  const collections = useCollections();
  const all = collections.data?.collections ?? [{ id: "incidents", title: t("cases") }];
  const first = (id: string) => (IN_AREAS.includes(id) ? IN_AREAS.indexOf(id) : IN_AREAS.length);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const filters: ExportFilters = collection === "incidents" ? carriedFilters(props.list) : {};
    for (const name of [...LIST_FILTERS, "from", "to"] as const) if (text(name)) filters[name] = text(name);
    if (filters.status === ANY_STATUS) delete filters.status;
    const format = text("format") as Schemas["AskExport"]["format"];
    const body = {
      collection,
      format,
      query: {
        ...exportQuery(filters, zone, { filter: text("filter"), bbox: text("bbox") }),
        // An Excel sheet is for people, all other formats are for programs.
        ...(format === "xlsx" ? { language: t.language === "en" ? "en" : "zh" } : {}),
      },
      ...(text("purpose") ? { purpose: text("purpose") } : {}),
    };
    await mutation.run(async (key) => {
      const run = await callApi(
        client.POST("/api/v1/exports", { params: { header: { "Idempotency-Key": key } }, body }),
      );
      navigate(`files?export=${run.id}`);
    });
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_export")} data-testid="new-export">
      {collections.error !== null && <ErrorMessage error={collections.error} retry={collections.reload} />}
      <label>
        {t("collection")}
        <select
          name="collection"
          key={all.length}
          value={collection}
          onChange={(event) => setCollection(event.currentTarget.value)}
        >
          {[...all]
            .sort((a, b) => first(a.id) - first(b.id))
            .map((each) => (
              <option key={each.id} value={each.id}>
                {each.title ?? each.id}
              </option>
            ))}
        </select>
      </label>
      {IN_AREAS.includes(collection) && (
        <label>
          {t("area")}
          <AreaSelect
            name="area_id"
            isOwnOnly
            none={t("all_mine")}
            chosen={props.list.get("area_id")}
            testid="export-area"
          />
        </label>
      )}
      {collection === "incidents" && <CaseFilterFields list={props.list} />}
      <label>
        {t("format")}
        <select name="format">
          {Object.keys(FORMAT).map((format) => (
            <option key={format} value={format}>
              {t.code(FORMAT, format)}
            </option>
          ))}
        </select>
      </label>
      <details>
        <summary>{t("more_options")}</summary>
        <label>
          {t("filter_text")}
          <input name="filter" maxLength={4000} />
        </label>
        <label>
          {t("bbox")}
          <input name="bbox" maxLength={200} />
        </label>
      </details>
      <label>
        {t("purpose_of")} <small>{t(OF_HOMES.includes(collection) ? "purpose_hint" : "optional")}</small>
        <input name="purpose" minLength={4} maxLength={500} />
      </label>
      <MutationStatus mutation={mutation} doneText="" />
      <span class="buttons">
        <button class="main" disabled={mutation.isBusy} data-testid="ask-export">
          {t("ask_export")}
        </button>
      </span>
    </form>
  );
}

/** The filters of the list of cases. Those without a field are named, and apply too. */
function CaseFilterFields(props: { list: URLSearchParams }) {
  const t = useTranslation();
  const { list } = props;
  const { status } = listQuery(list);
  const categories = [...useCategories().values()];
  const units = useUnits();
  const value = (name: string) => list.get(name) ?? "";
  const others = Object.keys(carriedFilters(list));
  const severalStatuses = status.includes(",") ? [status] : [];
  const severalCategories = value("category").includes(",") ? [value("category")] : [];
  return (
    <>
      <label>
        {t("status")}
        <select name="status">
          <option value="open">{t("open")}</option>
          <option value={ANY_STATUS} selected={status === ANY_STATUS}>
            {t("all")}
          </option>
          {severalStatuses.map((several) => (
            <option key={several} value={several} selected>
              {t.list(several.split(",").map((code) => (code === "open" ? t("open") : t.code(STATUS, code))))}
            </option>
          ))}
          {Object.keys(STATUS)
            .filter((code) => code !== "unsent") // a state of phones only
            .map((code) => (
              <option key={code} value={code} selected={code === status}>
                {t.code(STATUS, code)}
              </option>
            ))}
        </select>
      </label>
      <label>
        {t("category")}
        <select name="category" key={`c${categories.length}`}>
          <option value="">{t("all")}</option>
          {severalCategories.map((several) => (
            <option key={several} value={several} selected>
              {several}
            </option>
          ))}
          {categories.map((category) => (
            <option key={category.code} value={category.code} selected={category.code === value("category")}>
              {category.code} {t.named(category.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("unit")}
        <select name="owner_unit_id" key={`u${units.length}`}>
          <option value="">{t("all")}</option>
          {units.map((unit) => (
            <option key={unit.id} value={unit.id} selected={unit.id === value("owner_unit_id")}>
              {t.named(unit.name)}
            </option>
          ))}
        </select>
      </label>
      <span class="days">
        <label>
          {t("reported_from")}
          <input name="from" type="date" />
        </label>
        <label>
          {t("reported_to")}
          <input name="to" type="date" />
        </label>
      </span>
      {value("case_no") && (
        <label>
          {t("case_no")}
          <input name="case_no" defaultValue={value("case_no")} maxLength={40} />
        </label>
      )}
      <label>
        {t("text")}
        <input name="q" defaultValue={value("q")} maxLength={200} />
      </label>
      <span>
        <label class="check">
          <input type="checkbox" name="overdue" value="true" defaultChecked={value("overdue") === "true"} />{" "}
          {t("only_overdue")}
        </label>
        <label class="check">
          <input type="checkbox" name="waiting" value="true" defaultChecked={value("waiting") === "true"} />{" "}
          {t("only_waiting")}
        </label>
      </span>
      {others.length > 0 && (
        <p class="quiet" data-testid="also-exported">
          {t("also_filtered", { what: t.list(others.map((name) => t.code(FILTER, name))) })}
        </p>
      )}
    </>
  );
}
