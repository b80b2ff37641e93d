// The outcome of a mutation.
import type { Mutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { ErrorMessage } from "./error-message";

/** How an act went, read out by screen readers: what kept it from being done, or that it is done. */
export function MutationStatus(props: { mutation: Mutation; doneText?: string }) {
  const t = useTranslation();
  const { error, isDone } = props.mutation;
  return (
    <>
      {error !== null && <ErrorMessage error={error} />}
      <span role="status" class="good" data-testid="told">{isDone ? (props.doneText ?? t("done")) : ""}</span>
    </>
  );
}
