// Search for categories by code, by text in Chinese or English, and by pinyin: full ("laji") or initials ("ljdf").
import { useEffect, useState } from "preact/hooks";
import type { Category } from "./category";

type ByPinyin = (text: string, query: string) => boolean;
const LETTERS = /^[a-zü]+$/;
let loaded: ByPinyin | null = null;

/** Return the pinyin matcher, or null while it loads. Its table is large and is loaded when the user starts a search. */
export function usePinyin(isSearching: boolean): ByPinyin | null {
  const [matcher, setMatcher] = useState<ByPinyin | null>(() => loaded);
  useEffect(() => {
    if (!isSearching || loaded !== null) return;
    void import("pinyin-pro").then(({ match }) => {
      loaded = (text, query) => match(text, query, { continuous: true }) !== null;
      setMatcher(() => loaded);
    });
  }, [isSearching]);
  return matcher;
}

/** Return the categories that contain every word of the text; matches in name or code come before matches in the class. */
export function searchCategories(categories: Category[], text: string, byPinyin: ByPinyin | null): Category[] {
  const words = text.trim().toLowerCase().split(/\s+/);
  const has = (texts: (string | undefined)[], word: string) =>
    texts.some(
      (candidate) =>
        candidate?.toLowerCase().includes(word) ||
        (!!candidate && !!byPinyin && LETTERS.test(word) && byPinyin(candidate, word)),
    );
  const rank = ({ code, name, class: group }: Category) =>
    words.every((word) => has([code, name.zh, name.en], word))
      ? 0
      : words.every((word) => has([code, name.zh, name.en, group?.zh, group?.en], word))
        ? 1
        : 2;
  return categories
    .map((category) => ({ category, order: rank(category) }))
    .filter(({ order }) => order < 2)
    .sort((a, b) => a.order - b.order)
    .map(({ category }) => category);
}
