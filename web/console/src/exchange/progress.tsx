// Progress of an import or export run.
import { useEffect } from "preact/hooks";
import { type QueryState, useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";

const POLL_MS = 1_500;

/** A run that is polled until it is finished. */
export function useRun<T extends { finished_at?: string | null; state?: string }>(
  read: () => Promise<T>,
  key: string,
): QueryState<T> {
  const query = useQuery(read, key);
  const isOver = query.data !== null && (query.data.finished_at !== null || query.data.state === "awaiting_approval");
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(query.reload, POLL_MS);
    return () => clearInterval(timer);
  }, [isOver, query.reload]);
  return query;
}

export function ProgressBar(props: { done: number; expected: number | null | undefined; isOver: boolean }) {
  const t = useTranslation();
  const { done, expected, isOver } = props;
  const max = expected ?? (isOver ? done : null);
  return (
    <p class="progress">
      <progress
        aria-label={t("when_state")}
        {...(isOver ? { max: 1, value: 1 } : max ? { max, value: Math.min(done, max) } : {})}
      />{" "}
      <span data-testid="rows">
        {expected && !isOver ? t("rows_done_of", { n: done, m: expected }) : t("rows_done", { n: done })}
      </span>
    </p>
  );
}
