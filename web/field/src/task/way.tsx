// The way to the place of a task: the map with one's own position, map apps, and whom to call.
import type { OwnPosition } from "../hooks/use-own-position";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Incident } from "../incidents";
import { MapAppButtons } from "../ui/map-app-buttons";
import { MapToggle } from "../ui/map-toggle";
import { TextWithTelephones } from "../ui/text-with-telephones";

export function Way(props: { incident: Incident; place: string; own: OwnPosition }) {
  const t = useTranslation();
  const { incident, own } = props;
  const at = incident.location?.coordinates;
  if (!at) return null;
  const label = props.place || incident.case_no || t("place");
  return (
    <>
      <MapAppButtons at={at} label={label} />
      <MapToggle labelKey="on_map" marks={[{ id: incident.id, at, words: label }]} own={own} />
    </>
  );
}

/** The unit that owns the case, and its contact, in which numbers can be called. */
export function OwningUnit(props: { incident: Incident }) {
  const t = useTranslation();
  const { units } = useWorkerState();
  const unit = units.get(props.incident.owner_unit_id ?? "");
  if (!unit?.contact) return null;
  return (
    <p class="facts" data-testid="owning-unit">
      <span>
        {t.named(unit.name)} <TextWithTelephones text={unit.contact} />
      </span>
    </p>
  );
}
