// Links to the first and the next page of a keyset-paged list.
import { useTranslation } from "../hooks/use-translation";

export function Pager(props: { query: URLSearchParams; page: string; next: string | null }) {
  const t = useTranslation();
  const to = (cursor: string | null) => {
    const query = new URLSearchParams(props.query);
    query.delete("cursor");
    if (cursor) query.set("cursor", cursor);
    return `#/${props.page}?${query}`;
  };
  if (!props.query.has("cursor") && !props.next) return null;
  return (
    <p class="pager">
      {props.query.has("cursor") && <a href={to(null)}>{t("first_page")}</a>}
      {props.next && (
        <a href={to(props.next)} data-testid="next">
          {t("next_page")}
        </a>
      )}
    </p>
  );
}
