// Units: where they work, what they own there, who has a post in them.
import { useState } from "preact/hooks";
import { forgetLists } from "../hooks/reference-data";
import { useAreaNames } from "../hooks/use-area-names";
import { may, useIsEverywhere, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { AreaChoice } from "../ui/area-select";
import { Dialog } from "../ui/dialog";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Table } from "../ui/table";

type Unit = Schemas["UnitOut"];

export default function UnitsPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const within = props.query.get("within");
  const [edited, setEdited] = useState<Unit | "new" | null>(null);
  const [said, setSaid] = useState("");
  const query = { limit: 500, ...(within ? { within } : {}) };
  const list = useLoaded(() => load(client.GET("/api/v1/units", { params: { query } })), `units of ${within}`, false);
  const mayEdit = may(me, "unit:edit");
  const begin = (next: Unit | "new") => (setSaid(""), setEdited(next));
  return (
    <Page
      title={t("units")}
      testid="units"
      tools={
        <>
          <label class="inline">{t("within")}<AreaChoice name="within" none={t("all")} chosen={within} only={["district", "street", "community"]} onChoose={(id) => go(`units?${queryOf({ within: id })}`)} /></label>
          {mayEdit && <button type="button" class="main" onClick={() => begin("new")} data-testid="new-unit">{t("new_unit")}</button>}
        </>
      }
    >
      <p role="status" class="good" data-testid="said">{said}</p>
      <Ready of={list}>{(data) => <Units items={data.items ?? []} onEdit={mayEdit ? begin : null} />}</Ready>
      {edited && <UnitForm of={edited === "new" ? null : edited} onClose={() => setEdited(null)} onDone={() => (setEdited(null), setSaid(t("unit_saved")), forgetLists(), list.reload())} />}
    </Page>
  );
}

function Units(props: { items: Unit[]; onEdit: ((unit: Unit) => void) | null }) {
  const t = useWords();
  const me = useMe();
  const areaName = useAreaNames(props.items.flatMap((unit) => [unit.area_id, ...(unit.competences ?? []).map((one) => one.area_id)]));
  const staff = useLoaded(
    () => (may(me, "account:manage") ? load(client.GET("/api/v1/accounts", { params: { query: { role: "handler", limit: 500 } } })) : Promise.resolve(null)),
    "handlers",
    false,
  );
  return (
    <Table caption={t("page_of_units", { n: props.items.length })} heads={[t("unit"), t("code"), t("based_in"), t("owns"), t("posts"), t("contact"), ""]} testid="unit-table">
      {props.items.map((unit) => {
        const posts = (staff.data?.items ?? []).filter((one) => !one.disabled_at && one.roles.some((grant) => grant.unit_id === unit.id));
        return (
          <tr key={unit.id} data-testid={`unit-${unit.id}`}>
            <th scope="row">{t.named(unit.name)}</th>
            <td>{unit.code}</td>
            <td>{areaName(unit.area_id)}</td>
            <td>{unit.competences?.map((one) => <div key={one.id}>{one.category_prefix || t("everything")} <small>{areaName(one.area_id)}</small></div>)}</td>
            <td>
              {posts.map((one) => <div key={one.id}><a href={`#/account/${one.id}`}>{one.name}</a></div>)}
              {staff.data && posts.length === 0 && <span class="quiet">{t("no_posts")}</span>}
            </td>
            <td class="words">{unit.contact}</td>
            <td>
              {props.onEdit && (
                <button type="button" class="small" aria-label={t("edit_unit_of", { name: t.named(unit.name) })} onClick={() => props.onEdit!(unit)}>
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

type Line = { key: number; area_id: string | null; category_prefix: string };

function UnitForm(props: { of: Unit | null; onClose: () => void; onDone: () => void }) {
  const t = useWords();
  const { of } = props;
  const doing = useDoing();
  const isEverywhere = useIsEverywhere();
  const jurisdictions = useLoaded(() => load(client.GET("/api/v1/jurisdictions")), "jurisdictions", false).data?.items ?? [];
  const [lines, setLines] = useState<Line[]>((of?.competences ?? []).map((one, key) => ({ key, area_id: one.area_id ?? null, category_prefix: one.category_prefix ?? "" })));
  const none = isEverywhere ? { none: t("everywhere") } : {};
  const change = (key: number, next: Partial<Line>) => setLines(lines.map((line) => (line.key === key ? { ...line, ...next } : line)));
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    const common = {
      name: { zh: said["zh"]!.trim(), en: said["en"]!.trim() },
      contact: said["contact"]!.trim() || null,
      competences: lines.map(({ area_id, category_prefix }) => ({ area_id, category_prefix })),
    };
    const isDone = await doing.run((key) =>
      of
        ? load(client.PATCH("/api/v1/units/{unit_id}", { params: { path: { unit_id: of.id! }, header: { "If-Match": `"${of.version}"` } }, body: common as never }))
        : load(
            client.POST("/api/v1/units", {
              params: { header: { "Idempotency-Key": key } },
              body: { ...common, code: said["code"]!.trim(), area_id: said["area_id"] || null, ...(said["jurisdiction"] ? { jurisdiction: said["jurisdiction"] } : {}) } as never,
            }),
          ),
    );
    if (isDone) props.onDone();
  };
  return (
    <Dialog title={t(of ? "edit_unit" : "new_unit")} onClose={props.onClose} testid="unit-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        {!of && (
          <div class="pair">
            <label>{t("code")}<input name="code" required maxLength={64} autofocus /></label>
            <label>{t("based_in")}<AreaChoice name="area_id" {...none} /></label>
          </div>
        )}
        {!of && jurisdictions.length > 1 && (
          <label>
            {t("jurisdiction")}
            <select name="jurisdiction">{jurisdictions.map((one) => <option key={one.code} value={one.code}>{t.named(one.name)} {one.code}</option>)}</select>
          </label>
        )}
        <div class="pair">
          <label>{t("name_zh")}<input name="zh" required maxLength={200} defaultValue={of?.name?.zh ?? ""} autofocus={!!of} /></label>
          <label>{t("name_en")}<input name="en" maxLength={200} defaultValue={of?.name?.en ?? ""} /></label>
        </div>
        <label>{t("contact")} <small>{t("optional")}</small><input name="contact" maxLength={200} defaultValue={of?.contact ?? ""} /></label>
        <fieldset data-testid="owns">
          <legend>{t("owns")}</legend>
          {lines.map((line, n) => (
            <div class="line" key={line.key}>
              <label>{t("prefix")}<input value={line.category_prefix} maxLength={32} onInput={(event) => change(line.key, { category_prefix: event.currentTarget.value.trim() })} data-testid={`prefix-${n}`} /></label>
              <label>{t("where")}<AreaChoice name={`where-${n}`} {...none} chosen={line.area_id} onChoose={(id) => change(line.key, { area_id: id || null })} /></label>
              <button type="button" class="small" onClick={() => setLines(lines.filter((one) => one !== line))}>{t("drop_line")}</button>
            </div>
          ))}
          <button type="button" onClick={() => setLines([...lines, { key: Math.max(-1, ...lines.map((line) => line.key)) + 1, area_id: null, category_prefix: "" }])} data-testid="add-line">
            {t("add_line")}
          </button>
        </fieldset>
        <Told of={doing} />
        <span class="buttons"><button class="main" disabled={doing.isBusy} data-testid="save">{t("save")}</button></span>
      </form>
    </Dialog>
  );
}
