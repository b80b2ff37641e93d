// Shifts as a sheet: the week as a file, and a file that is tried first, each faulty row named.
import { useRef, useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";
import { Table } from "../ui/table";

type Fault = NonNullable<Schemas["ShiftsImported"]["faults"]>[number];

export function Sheets(props: { query: { jurisdiction: string; since: string; until: string; within?: string }; week: string; onPlanned: () => void }) {
  const t = useWords();
  const getting = useDoing();
  const putting = useDoing();
  const input = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState<Schemas["ShiftsImported"] | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const download = () =>
    void getting.run(async () => {
      const asked = client.GET("/api/v1/shifts.csv", { params: { query: props.query }, parseAs: "blob" });
      const url = URL.createObjectURL((await load(asked)) as unknown as Blob);
      Object.assign(document.createElement("a"), { href: url, download: `shifts-${props.week}.csv` }).click();
      URL.revokeObjectURL(url);
    });
  const send = async (mode: { dry_run?: true; partial?: true }) => {
    const file = input.current?.files?.[0];
    if (!file) return void input.current?.reportValidity();
    setTold(null);
    setFaults([]);
    let found: Schemas["ShiftsImported"] | null = null;
    const isDone = await putting.run(async (key) => {
      const asked = client.POST("/api/v1/shifts/import", {
        params: { query: { jurisdiction: props.query.jurisdiction, ...mode }, header: { "Idempotency-Key": key } },
        headers: { "Content-Type": "text/csv" },
        body: (await file.arrayBuffer()) as never, // as it is: the server knows which encodings Excel writes
        bodySerializer: (bytes: unknown) => bytes as ArrayBuffer,
      });
      try {
        found = await load(asked);
      } catch (error) {
        if (error instanceof Refused && error.code === "sheet_has_faults") setFaults((error.problem["errors"] as Fault[]) ?? []);
        throw error instanceof Refused && error.code === "sheet_has_faults" ? new Refused(error.status, { ...error.problem, errors: null }) : error;
      }
    });
    if (!isDone || !found) return;
    const outcome = found as Schemas["ShiftsImported"];
    setTold(outcome);
    setFaults(outcome.faults ?? []);
    if (!outcome.dry_run) props.onPlanned();
  };
  const counts = told && { planned: told.planned ?? 0, changed: told.changed ?? 0, unchanged: told.unchanged ?? 0, refused: told.refused ?? 0 };
  return (
    <section aria-labelledby="sheets" data-testid="sheets">
      <h2 id="sheets">{t("sheets")}</h2>
      <p><button type="button" onClick={download} disabled={getting.isBusy} data-testid="export">{t("export_week")}</button> <Told of={getting} /></p>
      <form class="act" onSubmit={(event) => (event.preventDefault(), void send({ dry_run: true }))}>
        <label>{t("sheet")}<input ref={input} type="file" name="sheet" accept=".csv,text/csv" required onChange={() => (putting.clear(), setTold(null), setFaults([]))} /></label>
        <span class="buttons">
          <button disabled={putting.isBusy} data-testid="try-sheet">{t("try_sheet")}</button>
          <button type="button" class="main" disabled={putting.isBusy} onClick={() => void send({})} data-testid="take-sheet">{t("take_sheet")}</button>
          {faults.length > 0 && <button type="button" disabled={putting.isBusy} onClick={() => void send({ partial: true })} data-testid="take-partial">{t("take_partial")}</button>}
        </span>
        <Told of={putting} done={counts ? t(told.dry_run ? "sheet_would" : "sheet_did", counts) : ""} />
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
