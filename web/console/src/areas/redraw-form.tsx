// Dry run and application of a redraw. It is applied only after a dry run without faults of the same drawing.
import { useTranslation } from "../hooks/use-translation";
import type { Mutation } from "../hooks/use-mutation";
import { ErrorMessage } from "../ui/error-message";
import type { TextKey } from "../words";
import { type ApplyState, faultCount, type RedrawResult } from "./apply-state";

const REASON_NOT_TO_APPLY: Record<ApplyState, TextKey> = {
  unchanged: "apply_unchanged",
  unchecked: "apply_unchecked",
  outdated: "apply_outdated",
  faulty: "apply_faulty",
  ready: "apply_ready",
};

export function RedrawForm(props: {
  state: ApplyState;
  result: RedrawResult | null;
  changeCount: number;
  mutation: Mutation;
  onSend: (reason: string, isDryRun: boolean) => void;
}) {
  const t = useTranslation();
  const { state, mutation, changeCount } = props;
  const canApply = state === "ready" && !mutation.isBusy;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const isDryRun = (event.submitter as HTMLButtonElement | null)?.value !== "apply";
    if (mutation.isBusy || (!isDryRun && !canApply)) return;
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    props.onSend(reason, isDryRun);
  };
  const isOneFault = state === "faulty" && !!props.result && faultCount(props.result) === 1;
  return (
    <form class="act" onSubmit={submit} aria-labelledby="redraw-steps" data-testid="redraw-form">
      <h2 id="redraw-steps">{t("redraw_steps")}</h2>
      <p data-testid="changes">
        {changeCount === 0 ? t("no_changes") : t(changeCount === 1 ? "change_one" : "changes_n", { n: changeCount })}
      </p>
      <label>
        {t("redraw_reason")} <small>{t("required")}</small>
        <input name="reason" maxLength={1000} required data-testid="redraw-reason" />
      </label>
      <span class="buttons">
        {/* The button that Enter presses is the first one. */}
        <button
          class={canApply ? "" : "main"}
          value="try"
          formNoValidate
          disabled={state === "unchanged"}
          data-testid="dry-run"
        >
          {t("dry_run")}
        </button>
        {/* Stays in the order of the keyboard, so that its reason is read. */}
        <button
          class={canApply ? "main" : ""}
          value="apply"
          aria-disabled={!canApply}
          aria-describedby="apply-reason"
          onClick={(event) => !canApply && event.preventDefault()}
          data-testid="apply"
        >
          {t("apply_redraw")}
        </button>
      </span>
      <p id="apply-reason" class={state === "ready" ? "good" : ""} role="status" data-testid="apply-reason">
        {mutation.isBusy
          ? t("redraw_busy")
          : t(isOneFault ? "apply_faulty_one" : REASON_NOT_TO_APPLY[state], {
              n: props.result ? faultCount(props.result) : 0,
            })}
      </p>
      {mutation.error !== null && <ErrorMessage error={mutation.error} />}
    </form>
  );
}
