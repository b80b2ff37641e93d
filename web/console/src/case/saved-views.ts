// Named filters of the list of cases, kept in this browser for each account. A view is an address, so it can be sent to others.

export type SavedView = { name: string; query: string };
type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

export const MAX_VIEWS = 20;
export const MAX_NAME = 40;

const keyOf = (account: string) => `gridward-views-${account}`;

/** Return the views of an account; none if what is stored is damaged. */
export function readViews(storage: Storage, account: string): SavedView[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(keyOf(account)) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isView).slice(0, MAX_VIEWS) : [];
  } catch {
    return [];
  }
}

/** Store a view and return all of them. A view of the same name is replaced; the oldest ones leave when there are too many. */
export function saveView(storage: Storage, account: string, view: SavedView): SavedView[] {
  const name = view.name.trim().slice(0, MAX_NAME);
  const others = readViews(storage, account).filter((each) => each.name !== name);
  const views = name ? [...others, { name, query: canonicalQuery(view.query) }].slice(-MAX_VIEWS) : others;
  storage.setItem(keyOf(account), JSON.stringify(views));
  return views;
}

/** Remove a view and return the others. */
export function removeView(storage: Storage, account: string, name: string): SavedView[] {
  const views = readViews(storage, account).filter((view) => view.name !== name);
  storage.setItem(keyOf(account), JSON.stringify(views));
  return views;
}

/** Return a query without its page and in the order of names, so that equal filters have equal texts. */
export function canonicalQuery(query: string): string {
  const params = new URLSearchParams(query);
  params.delete("cursor");
  params.delete("limit");
  params.sort();
  return String(params);
}

function isView(value: unknown): value is SavedView {
  const { name, query } = (value ?? {}) as Partial<SavedView>;
  return typeof name === "string" && name !== "" && typeof query === "string";
}
