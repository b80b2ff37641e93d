// The form to plan, change or remove a shift.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Dialog } from "../ui/dialog";
import { MutationStatus } from "../ui/mutation-status";
import { WorkerSelect } from "../ui/worker-select";
import { addDays, instantFromLocalTime, localTimeIn } from "../zone-time";

/** A shift to change, or a day to plan in a grid. */
export type ShiftDraft = {
  title: string;
  shift: Schemas["RosterShift"] | null;
  day: string;
  first: readonly { worker_id?: string; worker_name?: string }[];
};

export function ShiftForm(props: {
  draft: ShiftDraft;
  zone: string;
  within: string | null;
  hours: string;
  onClose: () => void;
  onDone: (done: "shift_saved" | "shift_removed") => void;
}) {
  const t = useTranslation();
  const { shift, day, first, title } = props.draft;
  const { zone } = props;
  const mutation = useMutation();
  const [isConfirming, setConfirming] = useState(false);
  const [opens = "08:00", closes = "17:00"] = props.hours.split("-");
  const from = shift ? localTimeIn(zone, shift.since) : { day, time: opens };
  const to = shift ? localTimeIn(zone, shift.until) : { day: closes > opens ? day : addDays(day, 1), time: closes };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const formValues = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<
      string,
      string
    >;
    const body = {
      worker_id: formValues["worker_id"]!,
      since: instantFromLocalTime(zone, { day: formValues["day"]!, time: formValues["from"]! }),
      until: instantFromLocalTime(zone, { day: formValues["end_day"]!, time: formValues["to"]! }),
    };
    const note = formValues["note"]!.trim();
    const isDone = await mutation.run((key) =>
      shift
        ? callApi(
            client.PATCH("/api/v1/shifts/{shift_id}", {
              params: { path: { shift_id: shift.id }, header: { "If-Match": `"${shift.version}"` } },
              body: { ...body, note: note || null },
            }),
          )
        : callApi(
            client.POST("/api/v1/shifts", {
              params: { header: { "Idempotency-Key": key } },
              body: { ...body, ...(note ? { note } : {}) },
            }),
          ),
    );
    if (isDone) props.onDone("shift_saved");
  };
  const remove = async () => {
    if (!isConfirming) return setConfirming(true);
    const path = { params: { path: { shift_id: shift!.id }, header: { "If-Match": `"${shift!.version}"` } } };
    if (await mutation.run(() => callApi(client.DELETE("/api/v1/shifts/{shift_id}", path))))
      props.onDone("shift_removed");
  };
  return (
    <Dialog title={title} onClose={props.onClose} testid="shift-form">
      <form class="stack" onSubmit={(event) => void save(event)}>
        <WorkerSelect
          name="worker_id"
          label={t("worker")}
          isRequired
          within={props.within}
          first={shift ? [shift] : first}
        />
        <div class="pair">
          <label>
            {t("date")}
            <input type="date" name="day" required defaultValue={from.day} />
          </label>
          <label>
            {t("starts")}
            <input type="time" name="from" required defaultValue={from.time} />
          </label>
        </div>
        <div class="pair">
          <label>
            {t("end_date")}
            <input type="date" name="end_day" required defaultValue={to.day} />
          </label>
          <label>
            {t("ends")}
            <input type="time" name="to" required defaultValue={to.time} />
          </label>
        </div>
        <label>
          {t("shift_note")} <small>{t("optional")}</small>
          <input name="note" maxLength={500} defaultValue={shift?.note ?? ""} />
        </label>
        <p class="quiet">{t("times_of", { zone })}</p>
        <MutationStatus mutation={mutation} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy} data-testid="save">
            {t("save")}
          </button>
          {shift && (
            <button
              type="button"
              class="grave"
              disabled={mutation.isBusy}
              onClick={() => void remove()}
              data-testid="remove"
            >
              {t(isConfirming ? "really_remove" : "remove_shift")}
            </button>
          )}
        </span>
      </form>
    </Dialog>
  );
}
