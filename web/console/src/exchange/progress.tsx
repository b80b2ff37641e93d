// How far a run is: read again and again until it is over, beside what hints tell.
import { useEffect } from "preact/hooks";
import { type Loaded, useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";

const AGAIN_MS = 1_500;

/** A run, read anew while it lasts. */
export function useRun<T extends { finished_at?: string | null; state?: string }>(read: () => Promise<T>, key: string): Loaded<T> {
  const found = useLoaded(read, key);
  const isOver = found.data !== null && (found.data.finished_at !== null || found.data.state === "awaiting_approval");
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(found.reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, [isOver, found.reload]);
  return found;
}

export function Bar(props: { done: number; of: number | null | undefined; isOver: boolean }) {
  const t = useWords();
  const { done, of, isOver } = props;
  const most = of ?? (isOver ? done : null);
  return (
    <p class="progress">
      <progress aria-label={t("when_state")} {...(isOver ? { max: 1, value: 1 } : most ? { max: most, value: Math.min(done, most) } : {})} />{" "}
      <span data-testid="rows">{of && !isOver ? t("rows_done_of", { n: done, m: of }) : t("rows_done", { n: done })}</span>
    </p>
  );
}
