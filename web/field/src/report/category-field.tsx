// The choice of a category: the last used and the most used ones at once, all others by search.
import { useState } from "preact/hooks";
import { rankCategories } from "../category-ranking";
import { searchCategories, usePinyin } from "../category-search";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";

const MAX_SHOWN = 6;

export function CategoryField(props: { category: string | null; onCategory: (code: string | null) => void }) {
  const t = useTranslation();
  const categoryName = useCategoryName();
  const { categories, reported, cases } = useWorkerState();
  const [text, setText] = useState("");
  const byPinyin = usePinyin(text !== "");
  if (props.category !== null)
    return (
      <p class="chosen" data-testid="category">
        <b>{categoryName(props.category)}</b> <button onClick={() => props.onCategory(null)}>{t("change")}</button>
      </p>
    );
  const ranked = rankCategories(categories, reported, cases.values());
  return (
    <>
      <label>
        {t("what")}
        <input
          type="search"
          placeholder={t("search_category")}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
          data-testid="search-category"
        />
      </label>
      <div class="choices">
        {searchCategories(ranked, text, byPinyin)
          .slice(0, MAX_SHOWN)
          .map((match) => (
            <button
              key={match.code}
              onClick={() => props.onCategory(match.code)}
              data-testid={`category-${match.code}`}
            >
              {t.named(match.name)} <small>{t.named(match.class)}</small>
            </button>
          ))}
        <button onClick={() => props.onCategory("unclassified")}>{t("unclassified")}</button>
      </div>
    </>
  );
}
