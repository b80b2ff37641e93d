// Labels of roles, and the fields to grant one.
import { useState } from "preact/hooks";
import { useUnitName, useUnits } from "../hooks/reference-data";
import { useHasRoleEverywhere, useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { unitOptions } from "../ui/unit-select";
import { ROLE } from "../words/accounts";

export function RoleLabel(props: { grant: Schemas["GrantOut"]; areaName: (id: string | null | undefined) => string }) {
  const t = useTranslation();
  const unitName = useUnitName();
  const { role, area_id, unit_id } = props.grant;
  return (
    <>
      {t.code(ROLE, role)} <small>{unit_id ? unitName(unit_id) : props.areaName(area_id)}</small>
    </>
  );
}

/** Fields `role`, and `area_id` or (for a handler) `unit_id`: read by `readRole`. */
export function RoleFields() {
  const t = useTranslation();
  const me = useMe();
  const isEverywhere = useHasRoleEverywhere();
  const units = useUnits();
  const [role, setRole] = useState("worker");
  // Only an admin can grant admin; the server refuses everything else.
  const roles = Object.keys(ROLE).filter(
    (roleName) => roleName !== "admin" || me.roles.some((grant) => grant.role === "admin"),
  );
  return (
    <div class="pair">
      <label>
        {t("role")}
        <select name="role" value={role} onChange={(event) => setRole(event.currentTarget.value)} data-testid="role">
          {roles.map((roleName) => (
            <option key={roleName} value={roleName}>
              {t.code(ROLE, roleName)}
            </option>
          ))}
        </select>
      </label>
      {role === "handler" ? (
        <label>
          {t("of_unit")}
          <select name="unit_id" required data-testid="unit_id">
            <option value="">{t("choose")}</option>
            {unitOptions(units, t)}
          </select>
        </label>
      ) : (
        <label>
          {t("where")}
          <AreaSelect name="area_id" {...(isEverywhere ? { none: t("everywhere") } : {})} />
        </label>
      )}
    </div>
  );
}

export function readRole(formData: FormData): Schemas["GrantRole"] {
  const text = (name: string) => String(formData.get(name) ?? "") || null;
  return { role: text("role"), area_id: text("area_id"), unit_id: text("unit_id") } as Schemas["GrantRole"];
}
