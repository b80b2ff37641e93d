// The form with which the author of a version states what stands behind it.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { EVIDENCE_KIND, FIGURES_OF_EFFECT } from "../words/rules";

type Kind = Schemas["EvidenceItem"]["kind"];
type Item = { kind: Kind; id: string; note: string };

const MAX_ITEMS = 50;
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

export function EvidenceForm(props: { evidence: Schemas["Evidence"]; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const { evidence } = props;
  const [items, setItems] = useState<Item[]>(evidence.items.map(({ kind, id, note }) => ({ kind: kind, id, note })));
  const [added, setAdded] = useState<Item>({ kind: "case", id: "", note: "" });
  const id = ID.exec(added.id)?.[0];
  const shownNumber = (item: Item) =>
    evidence.items.find((shown) => shown.kind === item.kind && shown.id === item.id)?.case_no ?? item.id;
  const add = () => {
    if (!id) return;
    setItems([...items, { ...added, id: id.toLowerCase() }]);
    setAdded({ kind: added.kind, id: "", note: "" });
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const [zh, en] = [text("zh"), text("en")];
    const body = {
      items,
      measure: (text("measure") || null) as NonNullable<Schemas["StateEvidence"]["measure"]> | null,
      category: evidence.category,
      summary: zh || en ? { zh: zh || en, en: en || zh } : null,
      publish_summary: formData.has("publish_summary"),
    };
    const path = { code: evidence.jurisdiction, number: evidence.number };
    const isStored = await mutation.run(() =>
      callApi(
        client.PUT("/api/v1/jurisdictions/{code}/profile/versions/{number}/evidence", { params: { path }, body }),
      ),
    );
    if (isStored) props.onDone();
  };
  return (
    <details>
      <summary>{t("state_evidence")}</summary>
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("state_evidence")} data-testid="state">
        <ul>
          {items.map((item, place) => (
            <li key={`${item.kind} ${item.id}`}>
              {t.code(EVIDENCE_KIND, item.kind)} {shownNumber(item)} {item.note}{" "}
              <button type="button" class="plain" onClick={() => setItems(items.filter((_, n) => n !== place))}>
                {t("remove_evidence")}
              </button>
            </li>
          ))}
        </ul>
        <label>
          {t("evidence_kind")}
          <select
            value={added.kind}
            onChange={(event) => setAdded({ ...added, kind: event.currentTarget.value as Kind })}
          >
            {Object.keys(EVIDENCE_KIND).map((kind) => (
              <option key={kind} value={kind}>
                {t.code(EVIDENCE_KIND, kind)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("evidence_id")}
          <input value={added.id} onInput={(event) => setAdded({ ...added, id: event.currentTarget.value })} />
        </label>
        <label>
          {t("evidence_note")}
          <input
            value={added.note}
            maxLength={200}
            onInput={(event) => setAdded({ ...added, note: event.currentTarget.value })}
          />
        </label>
        <button type="button" class="plain" disabled={!id || items.length >= MAX_ITEMS} onClick={add}>
          {t("add_evidence")}
        </button>
        <label>
          {t("effect_figure")}
          <select name="measure" defaultValue={evidence.measure ?? ""}>
            <option value="">–</option>
            {Object.keys(FIGURES_OF_EFFECT).map((name) => (
              <option key={name} value={name}>
                {t.code(FIGURES_OF_EFFECT, name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("summary_zh")}
          <input name="zh" maxLength={200} defaultValue={evidence.summary?.zh ?? ""} />
        </label>
        <label>
          {t("summary_en")}
          <input name="en" maxLength={200} defaultValue={evidence.summary?.en ?? ""} />
        </label>
        <label class="inline">
          <input type="checkbox" name="publish_summary" defaultChecked={evidence.publish_summary} />{" "}
          {t("publish_summary")}
        </label>
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy}>
            {t("save")}
          </button>
        </span>
      </form>
    </details>
  );
}
