// Units: their area, the categories that they own, and their accounts.
import { useState } from "preact/hooks";
import { categoryNames } from "../category-names";
import { clearReferenceData, useCategories } from "../hooks/reference-data";
import { useAreaNames } from "../hooks/use-area-names";
import { hasPermission, useHasRoleEverywhere, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";

type Unit = Schemas["UnitOut"];
const MAX_NAMES = 3;

export default function UnitsPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const within = props.query.get("area_id");
  const [edited, setEdited] = useState<Unit | "new" | null>(null);
  const [announcement, setAnnouncement] = useState("");
  const query = { limit: 500, ...(within ? { area_id: within } : {}) };
  const list = useQuery(() => callApi(client.GET("/api/v1/units", { params: { query } })), `units of ${within}`, false);
  const mayEdit = hasPermission(me, "unit:edit");
  const begin = (next: Unit | "new") => (setAnnouncement(""), setEdited(next));
  return (
    <Page
      title={t("units")}
      testid="units"
      tools={
        <>
          <label class="inline">
            {t("within")}
            <AreaSelect
              name="area_id"
              none={t("all")}
              chosen={within}
              only={["district", "street", "community"]}
              onChoose={(id) => navigate(`units?${queryString({ area_id: id })}`)}
            />
          </label>
          {mayEdit && (
            <button type="button" class="main" onClick={() => begin("new")} data-testid="new-unit">
              {t("new_unit")}
            </button>
          )}
        </>
      }
    >
      <p role="status" class="good" data-testid="said">
        {announcement}
      </p>
      <Loaded query={list}>{(data) => <UnitTable items={data.items ?? []} onEdit={mayEdit ? begin : null} />}</Loaded>
      {edited && (
        <UnitForm
          unit={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onDone={() => (setEdited(null), setAnnouncement(t("unit_saved")), clearReferenceData(), list.reload())}
        />
      )}
    </Page>
  );
}

function UnitTable(props: { items: Unit[]; onEdit: ((unit: Unit) => void) | null }) {
  const t = useTranslation();
  const me = useMe();
  const areaName = useAreaNames(
    props.items.flatMap((unit) => [unit.area_id, ...(unit.competences ?? []).map((competence) => competence.area_id)]),
  );
  const staff = useQuery(
    () =>
      hasPermission(me, "account:manage")
        ? callApi(client.GET("/api/v1/accounts", { params: { query: { role: "handler", limit: 500 } } }))
        : Promise.resolve(null),
    "handlers",
    false,
  );
  return (
    <Table
      caption={t("page_of_units", { n: props.items.length })}
      heads={[t("of_unit"), t("code"), t("based_in"), t("owns"), t("posts"), t("contact"), t("row_actions")]}
      testid="unit-table"
    >
      {props.items.map((unit) => {
        const posts = (staff.data?.items ?? []).filter(
          (account) => !account.disabled_at && account.roles.some((grant) => grant.unit_id === unit.id),
        );
        return (
          <tr key={unit.id} data-testid={`unit-${unit.id}`}>
            <th scope="row">{t.named(unit.name)}</th>
            <td>{unit.code}</td>
            <td>{areaName(unit.area_id)}</td>
            <td>
              {unit.competences?.map((competence, n) => (
                <div key={n}>
                  <OwnedCategories prefix={competence.category_prefix ?? ""} />{" "}
                  {competence.area_id !== unit.area_id && <small>{areaName(competence.area_id)}</small>}
                </div>
              ))}
            </td>
            <td>
              {posts.map((account) => (
                <div key={account.id}>
                  <a href={`#/account/${account.id}`}>{account.name}</a>
                </div>
              ))}
              {staff.data && posts.length === 0 && <span class="quiet">{t("no_posts")}</span>}
            </td>
            <td class="words">{unit.contact}</td>
            <td>
              {props.onEdit && (
                <button
                  type="button"
                  class="small"
                  aria-label={t("edit_unit_of", { name: t.named(unit.name) })}
                  onClick={() => props.onEdit!(unit)}
                >
                  {t("edit_unit")}
                </button>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** The categories of a prefix by name, with the prefix beside them. */
function OwnedCategories(props: { prefix: string }) {
  const t = useTranslation();
  const categories = [...useCategories().values()];
  const names = categoryNames(categories, props.prefix, t.named);
  if (!props.prefix) return <>{t("everything")}</>;
  return (
    <>
      {names.length === 0
        ? t("no_category")
        : names.length > MAX_NAMES
          ? t("names_and_more", { names: t.list(names.slice(0, MAX_NAMES)), n: names.length - MAX_NAMES })
          : t.list(names)}{" "}
      <small>{props.prefix}</small>
    </>
  );
}

type CompetenceRow = { key: number; area_id: string | null; category_prefix: string };

function UnitForm(props: { unit: Unit | null; onClose: () => void; onDone: () => void }) {
  const t = useTranslation();
  const { unit } = props;
  const mutation = useMutation();
  const isEverywhere = useHasRoleEverywhere();
  const jurisdictions =
    useQuery(() => callApi(client.GET("/api/v1/jurisdictions")), "jurisdictions", false).data?.items ?? [];
  const [rows, setRows] = useState<CompetenceRow[]>(
    (unit?.competences ?? []).map((competence, key) => ({
      key,
      area_id: competence.area_id ?? null,
      category_prefix: competence.category_prefix ?? "",
    })),
  );
  const none = isEverywhere ? { none: t("everywhere") } : {};
  const change = (key: number, next: Partial<CompetenceRow>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const formValues = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<
      string,
      string
    >;
    const common = {
      name: { zh: formValues["zh"]!.trim(), en: formValues["en"]!.trim() },
      contact: formValues["contact"]!.trim() || null,
      competences: rows.map(({ area_id, category_prefix }) => ({ area_id, category_prefix })),
    };
    const isDone = await mutation.run((key) =>
      unit
        ? callApi(
            client.PATCH("/api/v1/units/{unit_id}", {
              params: { path: { unit_id: unit.id }, header: { "If-Match": `"${unit.version}"` } },
              body: common as never,
            }),
          )
        : callApi(
            client.POST("/api/v1/units", {
              params: { header: { "Idempotency-Key": key } },
              body: {
                ...common,
                code: formValues["code"]!.trim(),
                area_id: formValues["area_id"] || null,
                ...(formValues["jurisdiction"] ? { jurisdiction: formValues["jurisdiction"] } : {}),
              } as never,
            }),
          ),
    );
    if (isDone) props.onDone();
  };
  return (
    <Dialog title={t(unit ? "edit_unit" : "new_unit")} onClose={props.onClose} testid="unit-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        {!unit && (
          <div class="pair">
            <label>
              {t("code")}
              <input name="code" required maxLength={64} autofocus />
            </label>
            <label>
              {t("based_in")}
              <AreaSelect name="area_id" {...none} />
            </label>
          </div>
        )}
        {!unit && jurisdictions.length > 1 && (
          <label>
            {t("jurisdiction")}
            <select name="jurisdiction">
              {jurisdictions.map((jurisdiction) => (
                <option key={jurisdiction.code} value={jurisdiction.code}>
                  {t.named(jurisdiction.name)} {jurisdiction.code}
                </option>
              ))}
            </select>
          </label>
        )}
        <div class="pair">
          <label>
            {t("name_zh")}
            <input name="zh" required maxLength={200} defaultValue={unit?.name?.zh ?? ""} autofocus={!!unit} />
          </label>
          <label>
            {t("name_en")}
            <input name="en" maxLength={200} defaultValue={unit?.name?.en ?? ""} />
          </label>
        </div>
        <label>
          {t("contact")} <small>{t("optional")}</small>
          <input name="contact" maxLength={200} defaultValue={unit?.contact ?? ""} />
        </label>
        <fieldset data-testid="owns">
          <legend>{t("owns")}</legend>
          {rows.map((row, n) => (
            <div class="line" key={row.key}>
              <div>
                <label>
                  {t("prefix")}
                  <input
                    value={row.category_prefix}
                    maxLength={32}
                    onInput={(event) => change(row.key, { category_prefix: event.currentTarget.value.trim() })}
                    aria-describedby={`owned-${n}`}
                    data-testid={`prefix-${n}`}
                  />
                </label>
                <span id={`owned-${n}`} class="quiet">
                  <OwnedCategories prefix={row.category_prefix} />
                </span>
              </div>
              <label>
                {t("where")}
                <AreaSelect
                  name={`where-${n}`}
                  {...none}
                  chosen={row.area_id}
                  onChoose={(id) => change(row.key, { area_id: id || null })}
                />
              </label>
              <button type="button" class="small" onClick={() => setRows(rows.filter((other) => other !== row))}>
                {t("drop_line")}
              </button>
            </div>
          ))}
          <button
            type="button"
            onClick={() =>
              setRows([
                ...rows,
                { key: Math.max(-1, ...rows.map((row) => row.key)) + 1, area_id: null, category_prefix: "" },
              ])
            }
            data-testid="add-line"
          >
            {t("add_line")}
          </button>
        </fieldset>
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="save">
            {t("save")}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
