// The enrolment of an account as a worker, without which nothing can be assigned, and the worker's telephone.
import { Refused } from "../../../src/api/http";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";

/** The form of the enrolment, or duty, load, grids and telephone of the worker. */
export function WorkerEnrolment(props: { account: Schemas["AccountOut"] }) {
  const t = useTranslation();
  const mutation = useMutation();
  const path = { worker_id: props.account.id };
  const read = async () => {
    try {
      return await callApi(client.GET("/api/v1/workers/{worker_id}", { params: { path } }));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return "nobody" as const;
      throw error;
    }
  };
  const worker = useQuery(read, `enrolled ${props.account.id}`, false);
  const enrol = async (event: SubmitEvent) => {
    event.preventDefault();
    const capacity = Number(new FormData(event.currentTarget as HTMLFormElement).get("capacity"));
    const body = { account_id: props.account.id, name: props.account.name, capacity };
    if (
      await mutation.run((key) =>
        callApi(client.POST("/api/v1/workers", { params: { header: { "Idempotency-Key": key } }, body })),
      )
    )
      worker.reload();
  };
  const savePhone = async (event: SubmitEvent) => {
    event.preventDefault();
    const phone = String(new FormData(event.currentTarget as HTMLFormElement).get("phone")).trim() || null;
    const params = { path, header: { "If-Match": "*" } };
    if (await mutation.run(() => callApi(client.PATCH("/api/v1/workers/{worker_id}", { params, body: { phone } }))))
      worker.reload();
  };
  return (
    <section aria-labelledby="enrolled" data-testid="enrolled">
      <h2 id="enrolled">{t("is_worker")}</h2>
      <Loaded query={worker}>
        {(worker) =>
          worker === "nobody" ? (
            <form class="row" onSubmit={(event) => void enrol(event)}>
              <p>{t("not_enrolled")}</p>
              <label>
                {t("capacity")}
                <input type="number" name="capacity" min={0} max={100} required defaultValue="5" />
              </label>
              <button disabled={mutation.isBusy} data-testid="enrol">
                {t("enrol")}
              </button>
            </form>
          ) : (
            <>
              <p>
                {t(worker.on_duty ? "on_duty" : "off_duty")} · {t("load")} {worker.open_work}/{worker.capacity} ·{" "}
                {t.list(worker.grids?.map((grid) => t.named(grid.name)) ?? []) || t("none")}
              </p>
              <form class="row" onSubmit={(event) => void savePhone(event)}>
                <label>
                  {t("work_telephone")}
                  <input
                    name="phone"
                    type="tel"
                    defaultValue={worker.phone ?? ""}
                    maxLength={20}
                    pattern="\+?[0-9][0-9 \-]{2,18}[0-9]"
                    data-testid="work-telephone"
                  />
                </label>
                <button disabled={mutation.isBusy} data-testid="save-telephone">
                  {t("save_telephone")}
                </button>
              </form>
            </>
          )
        }
      </Loaded>
      <MutationStatus mutation={mutation} />
    </section>
  );
}
