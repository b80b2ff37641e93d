// Exports that need the approval of a second person, with the form to approve or refuse.
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { FORMAT } from "../words/exchange";
import { useCollectionTitle } from "./collections";

type Run = Schemas["ExportRun"];

/** Return the export runs that wait for this account's approval; an account cannot approve its own. */
export function useApprovals(mayApprove: boolean, me: string) {
  const read = async (): Promise<Run[]> => {
    if (!mayApprove) return [];
    const page = await callApi(
      client.GET("/api/v1/exports", { params: { query: { state: "awaiting_approval", limit: 50 } } }),
    );
    return (page.items ?? []).filter((run) => run.requested_by !== null && run.requested_by.id !== me);
  };
  return useQuery(read, `approvals ${mayApprove}`);
}

export function Approval(props: { run: Run; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const title = useCollectionTitle();
  const { run } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const note = String(new FormData(event.currentTarget as HTMLFormElement).get("note") ?? "").trim();
    const isAgreed = (event.submitter as HTMLButtonElement | null)?.value !== "refuse";
    const isDone = await mutation.run((key) => {
      const params = { path: { run_id: run.id }, header: { "Idempotency-Key": key } };
      return isAgreed
        ? callApi(client.POST("/api/v1/exports/{run_id}/approve", { params, body: note ? { note } : {} }))
        : callApi(client.POST("/api/v1/exports/{run_id}/refuse", { params, body: { note } }));
    });
    if (isDone) props.onDone();
  };
  return (
    <li data-testid={`approval-${run.id}`}>
      <b>{run.requested_by?.name}</b> {title(run.collection)} · {t.code(FORMAT, run.format)} ·{" "}
      {t("rows_of", { n: run.rows_expected ?? "?" })}
      <small>
        {t("purpose_of")}: {run.purpose} · {t.at(run.created_at)}
      </small>
      <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("exports_waiting")}>
        <label>
          {t("note")}
          <input name="note" maxLength={500} />
        </label>
        <button class="main" value="approve" disabled={mutation.isBusy} data-testid="approve">
          {t("approve")}
        </button>
        <button value="refuse" disabled={mutation.isBusy} data-testid="refuse">
          {t("refuse")}
        </button>
        <MutationStatus mutation={mutation} />
      </form>
    </li>
  );
}
