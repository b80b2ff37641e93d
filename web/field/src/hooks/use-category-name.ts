// Names of categories.
import { useTranslation } from "./use-translation";
import { useWorkerState } from "./use-worker-state";

export function useCategoryName() {
  const t = useTranslation();
  const { categories } = useWorkerState();
  return (code: string) =>
    t.named(categories.find((category) => category.code === code)?.name) ||
    (code === "unclassified" ? t("unclassified") : code);
}
