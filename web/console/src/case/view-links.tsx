// Links to views of the list of cases: those of everybody, and those that the reader saved under a name.
import { useEffect, useRef, useState } from "preact/hooks";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import type { TextKey } from "../words";
import { type ListPage, listQuery, withoutPage } from "./list-query";
import { canonicalQuery, MAX_NAME, readViews, removeView, saveView } from "./saved-views";

/** Views of everybody. The first one is the list without filters. */
const BUILT_IN: readonly (readonly [TextKey, string])[] = [
  ["view_open", ""],
  ["view_overdue", "overdue=true"],
  ["view_waiting", "status=open&waiting=true"],
  ["view_all", "status=any"],
];

/** Return the request of an address, to compare addresses that show the same list. */
const normal = (query: string) => canonicalQuery(String(listQuery(new URLSearchParams(query)).params));

export function ViewLinks(props: { query: URLSearchParams; page: ListPage }) {
  const t = useTranslation();
  const account = useMe().id;
  const [views, setViews] = useState(() => readViews(localStorage, account));
  const [isNaming, setNaming] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [isNaming]);
  const current = normal(String(props.query));
  const link = (name: string, query: string) => (
    <a href={`#/${props.page}${query && `?${query}`}`} aria-current={normal(query) === current ? "true" : undefined}>
      {name}
    </a>
  );
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("view") ?? "");
    setViews(saveView(localStorage, account, { name, query: withoutPage(props.query) }));
    setNaming(false);
  };
  const copy = () =>
    navigator.clipboard.writeText(location.href).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  const isBuiltIn = BUILT_IN.some(([, query]) => normal(query) === current);
  return (
    <nav class="views" aria-label={t("views")} data-testid="views">
      <ul>
        {BUILT_IN.map(([name, query]) => (
          <li key={name}>{link(t(name), query)}</li>
        ))}
        {views.map((view) => (
          <li key={view.name} data-testid="saved-view">
            {link(view.name, view.query)}
            <button
              type="button"
              class="plain"
              aria-label={t("remove_view", { name: view.name })}
              onClick={() => setViews(removeView(localStorage, account, view.name))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {isNaming ? (
        <form class="row" onSubmit={save}>
          <label>
            <span class="unseen">{t("view_name")}</span>
            <input name="view" required maxLength={MAX_NAME} placeholder={t("view_name")} ref={field} />
          </label>
          <button class="small">{t("save")}</button>
          <button type="button" class="plain" onClick={() => setNaming(false)}>
            {t("cancel")}
          </button>
        </form>
      ) : (
        !isBuiltIn && (
          <span class="buttons">
            <button type="button" class="plain" onClick={() => setNaming(true)} data-testid="save-view">
              {t("save_view")}
            </button>
            <button type="button" class="plain" onClick={() => void copy()}>
              {t("copy_address")}
            </button>
            <span role="status">{isCopied && t("address_copied")}</span>
          </span>
        )
      )}
    </nav>
  );
}
