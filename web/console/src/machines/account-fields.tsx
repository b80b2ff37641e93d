// Fields of a service account: name, purpose, permissions, areas.
import { useState } from "preact/hooks";
import { useHasRoleEverywhere } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { AreaListField } from "../ui/area-list-field";
import { SERVICE_PERMISSION } from "../words/machines";

export type ServiceAccount = Schemas["ServiceAccountOut"];
const AREAS_MAX = 50;

export function AccountFields(props: { account?: ServiceAccount }) {
  const t = useTranslation();
  const { account } = props;
  return (
    <>
      <label>
        {t("service_name")}
        <input name="name" required maxLength={100} autocomplete="off" defaultValue={account?.name ?? ""} />
      </label>
      <label>
        {t("service_purpose")}
        <input name="purpose" maxLength={500} autocomplete="off" defaultValue={account?.purpose ?? ""} />
      </label>
      <fieldset class="checks">
        <legend>{t("permissions")}</legend>
        {Object.keys(SERVICE_PERMISSION).map((code) => (
          <label key={code} class="check">
            <input
              type="checkbox"
              name="permissions"
              value={code}
              defaultChecked={account?.permissions.some((held) => held === code)}
            />{" "}
            {t.code(SERVICE_PERMISSION, code)}
          </label>
        ))}
      </fieldset>
      <AreasField chosen={account ? account.area_ids : []} />
    </>
  );
}

/** `chosen`: ids of areas; null: everywhere. */
function AreasField(props: { chosen: string[] | null }) {
  const t = useTranslation();
  const mayChooseEverywhere = useHasRoleEverywhere();
  const [ids, setIds] = useState(props.chosen ?? []);
  const [isEverywhere, setEverywhere] = useState(props.chosen === null);
  return (
    <fieldset data-testid="areas-field">
      <legend>{t("service_areas")}</legend>
      {(mayChooseEverywhere || isEverywhere) && (
        <label class="check">
          <input
            type="checkbox"
            name="everywhere"
            checked={isEverywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />{" "}
          {t("everywhere")}
        </label>
      )}
      {!isEverywhere && <AreaListField ids={ids} onChange={setIds} max={AREAS_MAX} />}
    </fieldset>
  );
}

/** Return the fields of the form, as the API takes them. */
export function readAccountFields(form: EventTarget | null) {
  const formData = new FormData(form as HTMLFormElement);
  return {
    name: String(formData.get("name")).trim(),
    purpose: String(formData.get("purpose")).trim(),
    permissions: formData.getAll("permissions") as ServiceAccount["permissions"],
    area_ids: formData.get("everywhere") !== null ? null : (formData.getAll("area_ids") as string[]),
  };
}
