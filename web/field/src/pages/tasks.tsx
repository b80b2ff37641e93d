// Offers, own tasks, tasks that went to somebody else, and own reports.
import { useCategoryName } from "../hooks/use-category-name";
import { usePlaces } from "../hooks/use-places";
import { useStoredPhotos } from "../hooks/use-stored-photos";
import { useStoredValue } from "../hooks/use-stored-value";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { navigate } from "../navigation";
import { sortTasks, type TaskOrder } from "../task-order";
import { AcceptButton, OfferAnswer, OfferReason } from "../task/offer-answer";
import { TaskSummary } from "../task/task-summary";
import { Card, Empty } from "../ui/card";
import { lazyComponent } from "../ui/lazy-component";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { status } from "../words";
import { withdrawalReason } from "../words/withdrawal-reasons";
import "./tasks.css";

const AlertHint = lazyComponent(() => import("../alert-hint").then((module) => module.default), null);

export function TasksPage() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const category = useCategoryName();
  const { whereIs, own } = usePlaces();
  const stored = useStoredPhotos();
  const [order, setOrder] = useStoredValue<TaskOrder>("task_order", "due");
  const ownTasks = sortTasks(workerState.ownTasks, order, own.at);
  const marks = [...workerState.ownTasks, ...workerState.offers].flatMap(({ id, incident }) =>
    incident.location ? [{ id, at: incident.location.coordinates, words: incident.description ?? "" }] : [],
  );
  return (
    <>
      <Title text={t("tasks")} />
      <MapToggle labelKey="on_map" marks={marks} own={own} onOpen={(id) => navigate(`task/${id}`)} />
      <h2>{t("offers")}</h2>
      {workerState.offers.map((task) => (
        <Card key={task.id} testid="offer">
          <a class="link" href={`#/task/${task.id}`} data-testid="open-offer">
            <TaskSummary task={task} where={whereIs(task.incident)} stored={stored} />
          </a>
          <OfferReason task={task} />
          <OfferAnswer task={task} />
        </Card>
      ))}
      {workerState.offers.length === 0 && <Empty>{t("no_offers")}</Empty>}
      <AlertHint />
      <h2>{t("my_work")}</h2>
      {Math.max(ownTasks.length, workerState.queued.length) > 1 && (
        <div class="two" role="group" aria-label={t("sort_by")}>
          {(["due", "way"] as const).map((option) => (
            <button
              key={option}
              aria-pressed={order === option}
              onClick={() => {
                setOrder(option);
                if (option === "way") void own.ask();
              }}
              data-testid={`sort-${option}`}
            >
              {t(`sort_${option}`)}
            </button>
          ))}
        </div>
      )}
      {order === "way" && own.at === null && own.hasFailed && <p class="note">{t("no_own_position")}</p>}
      {ownTasks.map((task) => (
        <a key={task.id} class="link" href={`#/task/${task.id}`} data-testid="mine">
          <Card>
            <TaskSummary task={task} where={whereIs(task.incident)} stored={stored} />
          </Card>
        </a>
      ))}
      {workerState.ownTasks.length === 0 && <Empty>{t("no_work")}</Empty>}
      {workerState.queued.length > 0 && <h2>{t("unit_queue")}</h2>}
      {sortTasks(workerState.queued, order, own.at).map((task) => (
        <Card key={task.id} testid="queued">
          <a class="link" href={`#/task/${task.id}`} data-testid="open-queued">
            <TaskSummary task={task} where={whereIs(task.incident)} stored={stored} />
          </a>
          <AcceptButton task={task} />
        </Card>
      ))}
      {workerState.lost.length > 0 && <h2>{t("taken_away")}</h2>}
      {workerState.lost.map((lostTask) => (
        <Card key={lostTask.id} tone="warn" testid="lost">
          <h3>{lostTask.incident ? category(lostTask.incident.category) : t("case_elsewhere")}</h3>
          {lostTask.incident?.description && <p class="words">{lostTask.incident.description}</p>}
          <p>{withdrawalReason(t.language, lostTask.because)}</p>
        </Card>
      ))}
      <h2>{t("reported")}</h2>
      {workerState.reported.slice(0, 20).map((incident) => (
        <section class="row" key={incident.id} data-testid="reported">
          <b>{category(incident.category)}</b>
          <span>{incident.description}</span>
          <small>
            {incident.case_no ?? ""} <span class="state">{status(t.language, incident.status)}</span>
          </small>
          {incident.replies?.map((reply) => (
            <span class="words" key={reply.at} data-testid="reply">
              {t("told_you", { words: reply.words })} <small>{t.time(reply.at)}</small>
            </span>
          ))}
          {incident.linked?.map((other) => (
            <small key={other.id} data-testid="linked">
              {other.ended_as && other.closed_at
                ? t("linked_ended", {
                    no: other.case_no,
                    as: status(t.language, other.ended_as),
                    at: t.time(other.closed_at),
                  })
                : t("linked_goes_on", { no: other.case_no })}
            </small>
          ))}
        </section>
      ))}
      {workerState.reported.length === 0 && <Empty>{t("nothing_reported")}</Empty>}
    </>
  );
}
