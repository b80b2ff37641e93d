// Shifts as CSV: export of the week, and import with a dry run and a list of faulty rows.
import { useRef, useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";

type Fault = NonNullable<Schemas["ShiftsImported"]["faults"]>[number];

export function ShiftImport(props: {
  query: { jurisdiction: string; since: string; until: string; area_id?: string };
  week: string;
  onPlanned: () => void;
}) {
  const t = useTranslation();
  const downloadMutation = useMutation();
  const importMutation = useMutation();
  const input = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Schemas["ShiftsImported"] | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const download = () =>
    void downloadMutation.run(async () => {
      const request = client.GET("/api/v1/shifts.csv", { params: { query: props.query }, parseAs: "blob" });
      const url = URL.createObjectURL(await callApi(request));
      Object.assign(document.createElement("a"), { href: url, download: `shifts-${props.week}.csv` }).click();
      URL.revokeObjectURL(url);
    });
  const send = async (mode: { dry_run?: true; partial?: true }) => {
    const file = input.current?.files?.[0];
    if (!file) return void input.current?.reportValidity();
    setOutcome(null);
    setFaults([]);
    let response: Schemas["ShiftsImported"] | null = null;
    const isDone = await importMutation.run(async (key) => {
      const request = client.POST("/api/v1/shifts/import", {
        params: { query: { jurisdiction: props.query.jurisdiction, ...mode }, header: { "Idempotency-Key": key } },
        headers: { "Content-Type": "text/csv" },
        body: (await file.arrayBuffer()) as never, // unchanged: the server detects the encodings that Excel writes
        bodySerializer: (bytes: unknown) => bytes as ArrayBuffer,
      });
      try {
        response = await callApi(request);
      } catch (error) {
        if (error instanceof Refused && error.code === "sheet_has_faults")
          setFaults((error.problem["errors"] as Fault[]) ?? []);
        throw error instanceof Refused && error.code === "sheet_has_faults"
          ? new Refused(error.status, { ...error.problem, errors: null })
          : error;
      }
    });
    if (!isDone || !response) return;
    const imported = response as Schemas["ShiftsImported"];
    setOutcome(imported);
    setFaults(imported.faults ?? []);
    if (!imported.dry_run) props.onPlanned();
  };
  const counts = outcome && {
    planned: outcome.planned ?? 0,
    changed: outcome.changed ?? 0,
    unchanged: outcome.unchanged ?? 0,
    refused: outcome.refused ?? 0,
  };
  return (
    <section aria-labelledby="sheets" data-testid="sheets">
      <h2 id="sheets">{t("sheets")}</h2>
      <p>
        <button type="button" onClick={download} disabled={downloadMutation.isBusy} data-testid="export">
          {t("export_week")}
        </button>{" "}
        <MutationStatus mutation={downloadMutation} />
      </p>
      <form class="act" onSubmit={(event) => (event.preventDefault(), void send({ dry_run: true }))}>
        <label>
          {t("sheet")}
          <input
            ref={input}
            type="file"
            name="sheet"
            accept=".csv,text/csv"
            required
            onChange={() => (importMutation.clear(), setOutcome(null), setFaults([]))}
          />
        </label>
        <span class="buttons">
          <button disabled={importMutation.isBusy} data-testid="try-sheet">
            {t("try_sheet")}
          </button>
          <button
            type="button"
            class="main"
            disabled={importMutation.isBusy}
            onClick={() => void send({})}
            data-testid="take-sheet"
          >
            {t("take_sheet")}
          </button>
          {faults.length > 0 && (
            <button
              type="button"
              disabled={importMutation.isBusy}
              onClick={() => void send({ partial: true })}
              data-testid="take-partial"
            >
              {t("take_partial")}
            </button>
          )}
        </span>
        <MutationStatus
          mutation={importMutation}
          doneText={counts ? t(outcome.dry_run ? "sheet_would" : "sheet_did", counts) : ""}
        />
      </form>
      {faults.length > 0 && (
        <Table caption={t("faults")} heads={[t("row_number"), t("column"), t("fault")]} numbers={[0]} testid="faults">
          {faults.map((fault) => (
            <tr key={`${fault.row} ${fault.column} ${fault.code}`}>
              <td class="number">{fault.row}</td>
              <td>{fault.column ?? t("whole_row")}</td>
              <td class="words">{fault.message}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
