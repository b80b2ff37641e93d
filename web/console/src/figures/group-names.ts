// Names of groupings and of groups.
import { useCategoryName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import type { TextKey } from "../words";
import { CLASS, PRIORITY } from "../words/codes";

export const GROUPINGS: readonly [string, TextKey][] = [
  ["area:street", "street"],
  ["area:community", "community"],
  ["area:grid", "grid"],
  ["class", "class"],
  ["priority", "priority"],
  ["category", "category"],
  ["unit", "unit"],
  ["handling_unit", "handling_unit"],
  ["month", "month"],
  ["day", "day"],
];

/** Return the name of a group, or the text of its value. */
export function useGroupName(): (group: Schemas["GroupKey"] | undefined) => string {
  const t = useTranslation();
  const category = useCategoryName();
  return (group) => {
    const { by, name, value } = group ?? {};
    if (name) return t.named(name);
    if (by === "class") return t.code(CLASS, value);
    if (by === "priority") return t.code(PRIORITY, value);
    return (by === "category" ? category(value) : value) || t("none");
  };
}
