// Correction of category, place and owning unit. The role decides who may correct; the server decides what follows.
import { useState } from "preact/hooks";
import { useCategories } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { PlaceSearch } from "../places/place-search";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { UnitSelect } from "../ui/unit-select";
import type { IncidentDetail } from "./incident";

export function CorrectionForm(props: { incident: IncidentDetail; onDone: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const mutation = useMutation();
  const [hasNoChange, setNoChange] = useState(false);
  const categories = [...useCategories().values()];
  const incident = props.incident;
  const [lon, lat] = incident.location?.coordinates ?? [];
  const [point, setPoint] = useState<[number | string | undefined, number | string | undefined]>([lon, lat]);
  if (!hasPermission(me, "incident:correct") || !incident.allowed?.includes("urge")) return null; // the case has ended, or others direct it
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const body: Partial<Schemas["IncidentPatch"]> = {};
    if (text("category") && text("category") !== incident.category) body.category = text("category");
    if (Number(text("lon")) !== lon || Number(text("lat")) !== lat)
      Object.assign(body, { lon: Number(text("lon")), lat: Number(text("lat")) });
    if (text("unit_id") && text("unit_id") !== incident.owner_unit?.id) body.owner_unit_id = text("unit_id");
    setNoChange(Object.keys(body).length === 0);
    if (Object.keys(body).length === 0) return;
    body.note = text("note");
    const isDone = await mutation.run(() =>
      callApi(
        client.PATCH("/api/v1/incidents/{incident_id}", {
          params: { path: { incident_id: incident.id }, header: { "If-Match": `"${incident.version}"` } },
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
      <form class="act" key={incident.version} onSubmit={(event) => void submit(event)} aria-label={t("correct")}>
        <label>
          {t("category")}
          <select name="category" key={`c${categories.length}`} defaultValue={incident.category ?? ""}>
            <option value="">{t("choose")}</option>
            {categories.map((option) => (
              <option key={option.code} value={option.code}>
                {option.code} {t.named(option.name)}
              </option>
            ))}
          </select>
        </label>
        <PlaceSearch onChoose={({ at }) => setPoint(at)} />
        <label>
          {t("lon")}
          <input
            name="lon"
            inputMode="decimal"
            pattern="-?[0-9]+([.][0-9]+)?"
            required
            value={String(point[0] ?? "")}
            onInput={(event) => setPoint([event.currentTarget.value, point[1]])}
          />
        </label>
        <label>
          {t("lat")}
          <input
            name="lat"
            inputMode="decimal"
            pattern="-?[0-9]+([.][0-9]+)?"
            required
            value={String(point[1] ?? "")}
            onInput={(event) => setPoint([point[0], event.currentTarget.value])}
          />
        </label>
        <label>
          {t("unit")}
          <UnitSelect isRequired={false} chosen={incident.owner_unit?.id ?? null} />
        </label>
        <label>
          {t("note")} <small>{t("required")}</small>
          <textarea name="note" rows={2} maxLength={2000} required />
        </label>
        {hasNoChange && (
          <p class="trouble" role="alert">
            {t("nothing_changed")}
          </p>
        )}
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy}>
            {t("confirm")}
          </button>
        </span>
      </form>
    </details>
  );
}
