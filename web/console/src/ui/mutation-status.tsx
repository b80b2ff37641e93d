// The outcome of a mutation.
import type { Doing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { Trouble } from "./error-message";

/** How an act went, read out by screen readers: what kept it from being done, or that it is done. */
export function Told(props: { of: Doing; done?: string }) {
  const t = useWords();
  const { error, isDone } = props.of;
  return (
    <>
      {error !== null && <Trouble error={error} />}
      <span role="status" class="good" data-testid="told">{isDone ? (props.done ?? t("done")) : ""}</span>
    </>
  );
}
