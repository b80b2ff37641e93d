// Exports of many homes that wait for a second person: agreed to or refused where they stand.
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";

type Run = Schemas["ExportRun"];

/** Those that wait for my decision; my own wait for somebody else's. */
export function useApprovals(mayApprove: boolean, me: string) {
  const read = async (): Promise<Run[]> => {
    if (!mayApprove) return [];
    const page = await load(client.GET("/api/v1/exports", { params: { query: { state: "awaiting_approval", limit: 50 } } }));
    return (page.items ?? []).filter((one) => one.requested_by !== null && one.requested_by.id !== me);
  };
  return useLoaded(read, `approvals ${mayApprove}`);
}

export function Approval(props: { of: Run; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const { of } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const note = String(new FormData(event.currentTarget as HTMLFormElement).get("note") ?? "").trim();
    const isAgreed = (event.submitter as HTMLButtonElement | null)?.value !== "refuse";
    const isDone = await doing.run((key) => {
      const params = { path: { run_id: of.id }, header: { "Idempotency-Key": key } };
      return isAgreed
        ? load(client.POST("/api/v1/exports/{run_id}/approve", { params, body: note ? { note } : {} }))
        : load(client.POST("/api/v1/exports/{run_id}/refuse", { params, body: { note } }));
    });
    if (isDone) props.onDone();
  };
  return (
    <li data-testid={`approval-${of.id}`}>
      <b>{of.requested_by?.name}</b> {of.collection} · {of.format} · {t("rows_of", { n: of.rows_expected ?? "?" })}
      <small>{t("purpose_of")}: {of.purpose} · {t.at(of.created_at)}</small>
      <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("exports_waiting")}>
        <label>
          {t("note")}
          <input name="note" maxLength={500} />
        </label>
        <button class="main" value="approve" disabled={doing.isBusy} data-testid="approve">{t("approve")}</button>
        <button value="refuse" disabled={doing.isBusy} data-testid="refuse">{t("refuse")}</button>
        <Told of={doing} />
      </form>
    </li>
  );
}
