// A list of areas in a form, each in a hidden field `area_ids`, and a select that adds one.
import { useAreaNames } from "../hooks/use-area-names";
import { useTranslation } from "../hooks/use-translation";
import { AreaSelect } from "./area-select";

export function AreaListField(props: { ids: string[]; onChange: (ids: string[]) => void; max: number }) {
  const t = useTranslation();
  const { ids, onChange } = props;
  const areaName = useAreaNames(ids);
  return (
    <>
      <ul class="chosen-areas">
        {ids.map((id) => (
          <li key={id}>
            <input type="hidden" name="area_ids" value={id} />
            {areaName(id)}{" "}
            <button type="button" class="small" onClick={() => onChange(ids.filter((other) => other !== id))}>
              {t("drop_line")}
              <span class="unseen">: {areaName(id)}</span>
            </button>
          </li>
        ))}
      </ul>
      {ids.length < props.max && (
        <label>
          {t("add_area")}
          <AreaSelect
            name="area"
            isOwnOnly
            none={t("choose")}
            onChoose={(id) => id && !ids.includes(id) && onChange([...ids, id])}
            testid="add-area"
          />
        </label>
      )}
    </>
  );
}
