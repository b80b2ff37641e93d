// Putting right what a case is about: category, place, owning unit. Whether I may, says the role; what follows, the server.
import { useState } from "preact/hooks";
import { useCategories } from "../hooks/reference-data";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";
import { UnitChoice } from "../ui/unit-select";
import type { Case } from "./types";

export function Correct(props: { of: Case; onDone: () => void }) {
  const t = useWords();
  const me = useMe();
  const doing = useDoing();
  const [isNothing, setNothing] = useState(false);
  const categories = [...useCategories().values()];
  const one = props.of;
  if (!may(me, "incident:correct") || !one.allowed?.includes("urge")) return null; // it has ended, or others direct it
  const [lon, lat] = one.location?.coordinates ?? [];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const body: Partial<Schemas["IncidentPatch"]> = {};
    if (text("category") && text("category") !== one.category) body.category = text("category");
    if (Number(text("lon")) !== lon || Number(text("lat")) !== lat) Object.assign(body, { lon: Number(text("lon")), lat: Number(text("lat")) });
    if (text("unit_id") && text("unit_id") !== one.owner_unit?.id) body.owner_unit_id = text("unit_id");
    setNothing(Object.keys(body).length === 0);
    if (Object.keys(body).length === 0) return;
    body.note = text("note");
    const isDone = await doing.run(() =>
      load(
        client.PATCH("/api/v1/incidents/{incident_id}", {
          params: { path: { incident_id: one.id! }, header: { "If-Match": `"${one.version}"` } },
          body: body as Schemas["IncidentPatch"],
        }),
      ),
    );
    if (isDone) props.onDone();
  };
  return (
    <details data-testid="correct">
      <summary>{t("correct")}</summary>
      <p class="quiet">{t("correct_means")}</p>
      <form class="act" key={one.version} onSubmit={(event) => void submit(event)} aria-label={t("correct")}>
        <label>
          {t("category")}
          <select name="category" key={`c${categories.length}`} defaultValue={one.category ?? ""}>
            <option value="">{t("choose")}</option>
            {categories.map((each) => <option key={each.code} value={each.code}>{each.code} {t.named(each.name)}</option>)}
          </select>
        </label>
        <label>
          {t("lon")}
          <input name="lon" inputMode="decimal" pattern="-?[0-9]+([.][0-9]+)?" required defaultValue={String(lon)} />
        </label>
        <label>
          {t("lat")}
          <input name="lat" inputMode="decimal" pattern="-?[0-9]+([.][0-9]+)?" required defaultValue={String(lat)} />
        </label>
        <label>
          {t("unit")}
          <UnitChoice isRequired={false} chosen={one.owner_unit?.id ?? null} />
        </label>
        <label>
          {t("note")} <small>{t("required")}</small>
          <textarea name="note" rows={2} maxLength={2000} required />
        </label>
        {isNothing && <p class="trouble" role="alert">{t("nothing_changed")}</p>}
        <Told of={doing} />
        <span class="buttons"><button class="main" disabled={doing.isBusy}>{t("confirm")}</button></span>
      </form>
    </details>
  );
}
