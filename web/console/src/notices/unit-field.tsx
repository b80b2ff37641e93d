// The select of the unit that sends a notice: units of the sender's area and of areas below it.
import { useUnitName } from "../hooks/reference-data";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { unitOptions } from "../ui/unit-select";

/**
 * `areaId`: the area of the sender; empty: not chosen yet. `storedId`: the unit of the draft, which stays on offer if it
 * lies elsewhere, as the API takes it.
 */
export function UnitField(props: { areaId: string; storedId: string | null }) {
  const t = useTranslation();
  const { areaId, storedId } = props;
  const read = () => callApi(client.GET("/api/v1/units", { params: { query: { area_id: areaId, limit: 500 } } }));
  const list = useQuery<Schemas["UnitPage"] | null>(
    areaId ? read : () => Promise.resolve(null),
    `units of sender ${areaId}`,
    false,
  );
  const units = list.data?.items ?? [];
  const unitName = useUnitName();
  return (
    <label>
      {t("notice_unit")}
      <select name="unit_id" key={`${areaId} ${units.length}`} defaultValue={storedId ?? ""} data-testid="sending-unit">
        <option value="">{t("notice_no_unit")}</option>
        {storedId && !units.some((unit) => unit.id === storedId) && (
          <option value={storedId}>{unitName(storedId) || "…"}</option>
        )}
        {unitOptions(units, t)}
      </select>
    </label>
  );
}
