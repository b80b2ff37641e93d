// Roles as they are said and given, and a password that is shown once.
import { useState } from "preact/hooks";
import { useUnits } from "../hooks/reference-data";
import { useIsEverywhere, useMe } from "../hooks/use-me";
import { useWords } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { AreaChoice } from "../ui/area-select";
import { ROLE } from "../words/accounts";

export function RoleWords(props: { of: Schemas["GrantOut"]; areaName: (id: string | null | undefined) => string }) {
  const t = useWords();
  const units = useUnits();
  const { role, area_id, unit_id } = props.of;
  return <>{t.code(ROLE, role)} <small>{unit_id ? t.named(units.find((unit) => unit.id === unit_id)?.name) : props.areaName(area_id)}</small></>;
}

/** Fields `role`, and `area_id` or (for a handler) `unit_id`: read by `roleSaid`. */
export function RoleFields() {
  const t = useWords();
  const me = useMe();
  const isEverywhere = useIsEverywhere();
  const units = useUnits();
  const [role, setRole] = useState("worker");
  // Nobody gives what she does not hold; the rest the server refuses in words.
  const roles = Object.keys(ROLE).filter((one) => one !== "admin" || me.roles.some((mine) => mine.role === "admin"));
  return (
    <div class="pair">
      <label>
        {t("role")}
        <select name="role" value={role} onChange={(event) => setRole(event.currentTarget.value)} data-testid="role">
          {roles.map((one) => <option key={one} value={one}>{t.code(ROLE, one)}</option>)}
        </select>
      </label>
      {role === "handler" ? (
        <label>
          {t("of_unit")}
          <select name="unit_id" required data-testid="unit_id">
            <option value="">{t("choose")}</option>
            {units.map((unit) => <option key={unit.id} value={unit.id}>{t.named(unit.name)}</option>)}
          </select>
        </label>
      ) : (
        <label>{t("where")}<AreaChoice name="area_id" {...(isEverywhere ? { none: t("everywhere") } : {})} /></label>
      )}
    </div>
  );
}

export function roleSaid(said: FormData): Schemas["GrantRole"] {
  const text = (name: string) => String(said.get(name) ?? "") || null;
  return { role: text("role"), area_id: text("area_id"), unit_id: text("unit_id") } as Schemas["GrantRole"];
}
