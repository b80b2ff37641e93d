// The result of a query, or that it is loading, or its error.
import type { ComponentChildren } from "preact";
import type { QueryState } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { ErrorMessage } from "./error-message";

/** Renders the data of a query, or `waiting` (by default the word) while it is loading, or its error. */
export function Loaded<T>(props: {
  query: QueryState<T>;
  waiting?: ComponentChildren;
  children: (data: T) => ComponentChildren;
}) {
  const t = useTranslation();
  const { data, error, reload } = props.query;
  return (
    <>
      {error !== null && <ErrorMessage error={error} retry={reload} />}
      {data !== null
        ? props.children(data)
        : error === null &&
          (props.waiting ?? (
            <p class="quiet" role="status">
              {t("loading")}
            </p>
          ))}
    </>
  );
}
