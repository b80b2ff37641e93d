// The outcome of a mutation.
import type { Mutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { ErrorMessage } from "./error-message";

/** The error of a mutation, or that it is done; announced by screen readers. */
export function MutationStatus(props: { mutation: Mutation; doneText?: string }) {
  const t = useTranslation();
  const { error, isDone } = props.mutation;
  return (
    <>
      {error !== null && <ErrorMessage error={error} />}
      <span role="status" class="good" data-testid="told">
        {isDone ? (props.doneText ?? t("done")) : ""}
      </span>
    </>
  );
}
