// The list of cases: filters are in the address, so that a figure can open it and a link to it can be kept.
import { useState } from "preact/hooks";
import { Many } from "../case/bulk-actions";
import { CaseTable, numbers } from "../case/case-table";
import { AT_ONCE, type Chosen, type Listed } from "../case/types";
import { useAreas, useCategories, useUnits } from "../hooks/reference-data";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go } from "../navigation";
import { client, load, PLAIN } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { FILTER, STATUS } from "../words/codes";

const IN_FORM = ["status", "category", "area", "unit", "q", "case_no", "overdue", "waiting"];
const LIMIT = "50";

export function CasesPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const asked = new URLSearchParams(props.query);
  if (!asked.has("limit")) asked.set("limit", LIMIT);
  const list = useLoaded(
    () => load(client.GET("/api/v1/incidents", { params: { query: Object.fromEntries(asked) as never }, headers: PLAIN })) as Promise<Listed>,
    `cases ${asked}`,
  );
  const paper = new URLSearchParams({ path: `/api/v1/incidents/print?${asked}` });
  const me = useMe();
  const [chosen, setChosen] = useState<Chosen>(new Map());
  const [isMore, setMore] = useState(false);
  const doing = useDoing();
  const chooseAll = () =>
    doing.run(async () => {
      const query = { ...Object.fromEntries(props.query), limit: AT_ONCE };
      const all = (await load(client.GET("/api/v1/incidents", { params: { query: query as never }, headers: PLAIN }))) as Listed;
      setChosen(numbers(all.items ?? []));
      setMore(!!all.next);
    });
  const isDirecting = may(me, "incident:direct");
  return (
    <Page title={t("cases")} testid="cases" tools={<a href={`#/paper?${paper}`}>{t("print_list")}</a>}>
      <Filters query={props.query} />
      <Ready of={list}>
        {(data) => (
          <>
            {isDirecting && (
              <p class="buttons">
                <button type="button" onClick={() => void chooseAll()} disabled={doing.isBusy} data-testid="choose-all">{t("choose_all", { n: AT_ONCE })}</button>
                {chosen.size > 0 && <button type="button" class="plain" onClick={() => (setChosen(new Map()), setMore(false))}>{t("choose_none")}</button>}
                <span role="status" data-testid="chosen">{chosen.size > 0 && t("chosen_n", { n: chosen.size })} {isMore && t("more_than", { n: AT_ONCE })} {chosen.size > AT_ONCE && t("at_once_most", { n: AT_ONCE })}</span>
                <Told of={doing} done="" />
              </p>
            )}
            <CaseTable
              cases={data.items ?? []}
              caption={t("page_of_cases", { n: data.items?.length ?? 0 })}
              {...(isDirecting ? { chosen, onChoose: setChosen } : {})}
            />
            <Pager query={props.query} page="cases" next={data.next ?? null} />
            {chosen.size > 0 && <Many chosen={chosen} onDone={list.reload} />}
          </>
        )}
      </Ready>
    </Page>
  );
}

function Filters(props: { query: URLSearchParams }) {
  const t = useWords();
  const { query } = props;
  const categories = [...useCategories().values()];
  const streets = useAreas("street");
  const communities = useAreas("community");
  const areas = [...streets, ...communities];
  const units = useUnits();
  const value = (name: string) => query.get(name) ?? "";
  // Filters that a figure brought along and that have no field of their own.
  const others = [...query].filter(([name]) => !IN_FORM.includes(name) && !["cursor", "limit"].includes(name));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const next = new URLSearchParams(others);
    for (const name of IN_FORM) {
      const text = String(said.get(name) ?? "").trim();
      if (text) next.set(name, text);
    }
    go(`cases?${next}`);
  };
  const known = value("status").split(",").length > 1 ? [value("status")] : [];
  return (
    <form class="filters" onSubmit={submit} aria-label={t("filter")} data-testid="filters">
      <label>
        {t("status")}
        <select name="status" defaultValue={value("status")}>
          <option value="">{t("all")}</option>
          {known.map((several) => <option key={several} value={several}>{several.split(",").map((code) => t.code(STATUS, code)).join(", ")}</option>)}
          {Object.keys(STATUS).map((code) => <option key={code} value={code}>{t.code(STATUS, code)}</option>)}
        </select>
      </label>
      <label>
        {t("category")}
        <select name="category" key={`c${categories.length}`} defaultValue={value("category")}>
          <option value="">{t("all")}</option>
          {categories.map((one) => <option key={one.code} value={one.code}>{one.code} {t.named(one.name)}</option>)}
        </select>
      </label>
      <label>
        {t("area")}
        <select name="area" key={`a${areas.length}`} defaultValue={value("area")}>
          <option value="">{t("all")}</option>
          {value("area") !== "" && !areas.some((area) => area.id === value("area")) ? <option value={value("area")}>…</option> : null}
          {areas.map((area) => <option key={area.id} value={area.id}>{t.named(area.properties?.name)}</option>)}
        </select>
      </label>
      <label>
        {t("unit")}
        <select name="unit" key={`u${units.length}`} defaultValue={value("unit")}>
          <option value="">{t("all")}</option>
          {units.map((unit) => <option key={unit.id} value={unit.id}>{t.named(unit.name)}</option>)}
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
        <input type="checkbox" name="overdue" value="true" defaultChecked={value("overdue") === "true"} /> {t("only_overdue")}
      </label>
      <label class="check">
        <input type="checkbox" name="waiting" value="true" defaultChecked={value("waiting") === "true"} /> {t("only_waiting")}
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
