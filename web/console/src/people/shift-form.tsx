// Planning, changing and taking back a shift.
import { useState } from "preact/hooks";
import { useDoing } from "../hooks/use-mutation";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Dialog } from "../ui/dialog";
import { Told } from "../ui/mutation-status";
import { WorkerChoice } from "../ui/worker-select";
import { addDays, instantOf, inZone } from "../zone-time";

/** A shift to change, or a day on which somebody of a grid is to be planned. */
export type Meant = { title: string; shift: Schemas["RosterShift"] | null; day: string; first: readonly { worker_id?: string; worker_name?: string }[] };

export function ShiftForm(props: { meant: Meant; zone: string; within: string | null; hours: string; onClose: () => void; onDone: (done: "shift_saved" | "shift_removed") => void }) {
  const t = useWords();
  const { shift, day, first, title } = props.meant;
  const { zone } = props;
  const doing = useDoing();
  const [isSure, setSure] = useState(false);
  const [opens = "08:00", closes = "17:00"] = props.hours.split("-");
  const from = shift ? inZone(zone, shift.since!) : { day, time: opens };
  const to = shift ? inZone(zone, shift.until!) : { day: closes > opens ? day : addDays(day, 1), time: closes };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    const body = {
      worker_id: said["worker_id"]!,
      since: instantOf(zone, { day: said["day"]!, time: said["from"]! }),
      until: instantOf(zone, { day: said["end_day"]!, time: said["to"]! }),
    };
    const note = said["note"]!.trim();
    const isDone = await doing.run((key) =>
      shift
        ? load(
            client.PATCH("/api/v1/shifts/{shift_id}", {
              params: { path: { shift_id: shift.id! }, header: { "If-Match": `"${shift.version}"` } },
              body: { ...body, note: note || null },
            }),
          )
        : load(client.POST("/api/v1/shifts", { params: { header: { "Idempotency-Key": key } }, body: { ...body, ...(note ? { note } : {}) } })),
    );
    if (isDone) props.onDone("shift_saved");
  };
  const remove = async () => {
    if (!isSure) return setSure(true);
    const path = { params: { path: { shift_id: shift!.id! }, header: { "If-Match": `"${shift!.version}"` } } };
    if (await doing.run(() => load(client.DELETE("/api/v1/shifts/{shift_id}", path)))) props.onDone("shift_removed");
  };
  return (
    <Dialog title={title} onClose={props.onClose} testid="shift-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        <WorkerChoice name="worker_id" label={t("worker")} isRequired within={props.within} first={shift ? [shift] : first} />
        <div class="pair">
          <label>{t("date")}<input type="date" name="day" required defaultValue={from.day} /></label>
          <label>{t("starts")}<input type="time" name="from" required defaultValue={from.time} /></label>
        </div>
        <div class="pair">
          <label>{t("end_date")}<input type="date" name="end_day" required defaultValue={to.day} /></label>
          <label>{t("ends")}<input type="time" name="to" required defaultValue={to.time} /></label>
        </div>
        <label>
          {t("shift_note")} <small>{t("optional")}</small>
          <input name="note" maxLength={500} defaultValue={shift?.note ?? ""} />
        </label>
        <p class="quiet">{t("times_of", { zone })}</p>
        <Told of={doing} />
        <span class="buttons">
          <button class="main" disabled={doing.isBusy} data-testid="save">{t("save")}</button>
          {shift && (
            <button type="button" class="grave" disabled={doing.isBusy} onClick={() => void remove()} data-testid="remove">
              {t(isSure ? "really_remove" : "remove_shift")}
            </button>
          )}
        </span>
      </form>
    </Dialog>
  );
}
