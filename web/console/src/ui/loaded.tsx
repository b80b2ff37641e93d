// The result of a query, or that it is loading, or its error.
import type { ComponentChildren } from "preact";
import type { Loaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { Trouble } from "./error-message";

/** What was loaded, or that it is loading, or why it did not work. */
export function Ready<T>(props: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const t = useWords();
  const { data, error, reload } = props.of;
  return (
    <>
      {error !== null && <Trouble error={error} retry={reload} />}
      {data !== null ? props.children(data) : error === null && <p class="quiet" role="status">{t("loading")}</p>}
    </>
  );
}
