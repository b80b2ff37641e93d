// Finding a category by its code, by words in Chinese or English, and by pinyin, whole ("laji") or initials ("ljdf").
import { useEffect, useState } from "preact/hooks";
import type { Category } from "./model";

type ByPinyin = (text: string, sought: string) => boolean;
const LETTERS = /^[a-zü]+$/;
let loaded: ByPinyin | null = null;

/** Pinyin is a large table: it is fetched when somebody begins to search, and kept with the app. */
export function usePinyin(isSearching: boolean): ByPinyin | null {
  const [matcher, setFound] = useState<ByPinyin | null>(() => loaded);
  useEffect(() => {
    if (!isSearching || loaded !== null) return;
    void import("pinyin-pro").then(({ match }) => {
      loaded = (text, sought) => match(text, sought, { continuous: true }) !== null;
      setFound(() => loaded);
    });
  }, [isSearching]);
  return matcher;
}

/** The categories that have every word that is sought, those whose own name or code has it first. */
export function searchCategories(categories: Category[], text: string, byPinyin: ByPinyin | null): Category[] {
  const words = text.trim().toLowerCase().split(/\s+/);
  const has = (texts: (string | undefined)[], word: string) =>
    texts.some((candidate) => candidate?.toLowerCase().includes(word) || (!!candidate && !!byPinyin && LETTERS.test(word) && byPinyin(candidate, word)));
  const rank = ({ code, name, class: group }: Category) =>
    words.every((word) => has([code, name.zh, name.en], word)) ? 0 : words.every((word) => has([code, name.zh, name.en, group?.zh, group?.en], word)) ? 1 : 2;
  return categories
    .map((category) => ({ some: category, order: rank(category) }))
    .filter(({ order }) => order < 2)
    .sort((a, b) => a.order - b.order)
    .map(({ some: category }) => category);
}
