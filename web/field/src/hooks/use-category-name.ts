// Names of categories.
import { useWords } from "./use-translation";
import { useWork } from "./use-worker-state";

export function useCategory() {
  const t = useWords();
  const { categories } = useWork();
  return (code: string) => t.named(categories.find((some) => some.code === code)?.name) || (code === "unclassified" ? t("unclassified") : code);
}
