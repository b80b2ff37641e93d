// The filters of the list of cases. A choice applies at once, typed text after a short pause; all are in the address.
import { useEffect, useRef } from "preact/hooks";
import { useCategories, useUnits } from "../hooks/reference-data";
import { useOwnStreetsAndCommunities } from "../hooks/use-own-areas";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { unitOptions } from "../ui/unit-select";
import { FILTER, STATUS } from "../words/codes";
import { ANY_STATUS, filterNames, type ListPage, listQuery, VIEW_NAMES } from "./list-query";

const IN_FORM = ["status", "category", "area_id", "owner_unit_id", "q", "case_no", "overdue", "waiting"];
const DEBOUNCE_MS = 400;

export function CaseFilters(props: { query: URLSearchParams; page: ListPage }) {
  const t = useTranslation();
  const { query } = props;
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef(0);
  const categories = [...useCategories().values()];
  const areas = useOwnStreetsAndCommunities();
  const units = useUnits();
  const { status } = listQuery(query);
  const value = (name: string) => query.get(name) ?? "";
  // Filters of a figure's link that have no field in the form.
  const others = filterNames(query).filter((name) => !IN_FORM.includes(name));
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const formData = new FormData(form.current);
    const next = new URLSearchParams(
      [...query].filter(([name]) => others.includes(name) || name === "sort" || VIEW_NAMES.includes(name)),
    );
    for (const name of IN_FORM) {
      const text = String(formData.get(name) ?? "").trim();
      if (text) next.set(name, text);
    }
    navigate(`${props.page}?${next}`);
  };
  const applySoon = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(apply, DEBOUNCE_MS);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    apply();
  };
  const severalStatuses = status.split(",").length > 1 ? [status] : [];
  return (
    <form class="filters" ref={form} onSubmit={submit} aria-label={t("filter")} data-testid="filters">
      <label>
        {t("status")}
        <select name="status" value={status} onChange={apply}>
          <option value="open">{t("open")}</option>
          <option value={ANY_STATUS}>{t("all")}</option>
          {severalStatuses.map((several) => (
            <option key={several} value={several}>
              {t.list(several.split(",").map((code) => (code === "open" ? t("open") : t.code(STATUS, code))))}
            </option>
          ))}
          {Object.keys(STATUS)
            .filter((code) => code !== "unsent") // a state of phones only
            .map((code) => (
              <option key={code} value={code}>
                {t.code(STATUS, code)}
              </option>
            ))}
        </select>
      </label>
      <label>
        {t("category")}
        <select name="category" key={`c${categories.length}`} value={value("category")} onChange={apply}>
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
        <select name="area_id" key={`a${areas.length}`} value={value("area_id")} onChange={apply}>
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
        <select name="owner_unit_id" key={`u${units.length}`} value={value("owner_unit_id")} onChange={apply}>
          <option value="">{t("all")}</option>
          {unitOptions(units, t)}
        </select>
      </label>
      <TypedFilter name="case_no" label={t("case_no")} text={value("case_no")} maxLength={40} onInput={applySoon} />
      <TypedFilter name="q" label={t("text")} text={value("q")} maxLength={200} onInput={applySoon} />
      <label class="check">
        <input type="checkbox" name="overdue" value="true" checked={value("overdue") === "true"} onChange={apply} />{" "}
        {t("only_overdue")}
      </label>
      <label class="check">
        <input type="checkbox" name="waiting" value="true" checked={value("waiting") === "true"} onChange={apply} />{" "}
        {t("only_waiting")}
      </label>
      {/* A stage of the map's legend leaves out the cases that wait. */}
      {value("waiting") === "false" && <input type="hidden" name="waiting" value="false" />}
      <span class="buttons">
        <a href={`#/${props.page}`} onClick={() => clearTimeout(timer.current)}>
          {t("clear")}
        </a>
      </span>
      {others.length > 0 && (
        <p class="quiet">{t("also_filtered", { what: t.list(others.map((name) => t.code(FILTER, name))) })}</p>
      )}
    </form>
  );
}

/** A field whose text follows the address, except while somebody types in it. */
function TypedFilter(props: { name: string; label: string; text: string; maxLength: number; onInput: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const field = input.current;
    if (field && field !== document.activeElement) field.value = props.text;
  }, [props.text]);
  return (
    <label>
      {props.label}
      <input
        name={props.name}
        type="search"
        ref={input}
        defaultValue={props.text}
        maxLength={props.maxLength}
        onInput={props.onInput}
      />
    </label>
  );
}
