// Offers, own tasks, tasks that went to somebody else, and own reports.
import { useState } from "preact/hooks";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Task } from "../tasks";
import { navigate } from "../navigation";
import { enqueueOperations } from "../operations";
import { TaskSummary } from "../task/task-summary";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { MapToggle } from "../ui/map-toggle";
import { Title } from "../ui/title";
import { status } from "../words";
import { withdrawalReason } from "../words/withdrawal-reasons";

export function TasksPage() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const category = useCategoryName();
  const marks = [...workerState.ownTasks, ...workerState.offers].flatMap(({ id, incident }) =>
    incident.location ? [{ id, at: incident.location.coordinates, words: incident.description ?? "" }] : [],
  );
  return (
    <>
      <Title text={t("tasks")} />
      <MapToggle labelKey="on_map" marks={marks} onOpen={(id) => navigate(`task/${id}`)} />
      <h2>{t("offers")}</h2>
      {workerState.offers.map((task) => (
        <OfferCard key={task.id} task={task} />
      ))}
      {workerState.offers.length === 0 && <Empty>{t("no_offers")}</Empty>}
      {workerState.queued.length > 0 && <h2>{t("unit_queue")}</h2>}
      {workerState.queued.map((task) => (
        <Card key={task.id} testid="queued">
          <TaskSummary task={task} />
          <ActionButton
            class="main"
            onPress={() => enqueueOperations({ entity: "assignment", op: "accept", id: task.id })}
            data-testid="take"
          >
            {t("take")}
          </ActionButton>
        </Card>
      ))}
      <h2>{t("my_work")}</h2>
      {workerState.ownTasks.map((task) => (
        <a key={task.id} class="link" href={`#/task/${task.id}`} data-testid="mine">
          <Card>
            <TaskSummary task={task} />
          </Card>
        </a>
      ))}
      {workerState.ownTasks.length === 0 && <Empty>{t("no_work")}</Empty>}
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
            {incident.case_no ?? ""} {status(t.language, incident.status)}
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

function OfferCard(props: { task: Task }) {
  const t = useTranslation();
  const { task } = props;
  const [isDeclining, setDeclining] = useState(false);
  const [reason, setReason] = useState("");
  const [isConflict, setConflict] = useState(false);
  const why = t.language === "en" ? task.why?.en : task.why?.zh;
  const decline = () =>
    enqueueOperations({
      entity: "assignment",
      op: "decline",
      id: task.id,
      patch: { reason: reason.trim(), ...(isConflict ? { because: "conflict_of_interest" } : {}) },
    });
  return (
    <Card testid="offer">
      <TaskSummary task={task} />
      <p class="why" data-testid="why">
        <b>{t("why_me")}</b> {why || t("why_later")}
        {task.why && task.why.others > 0 && <small> {t("considered", { n: task.why.others })}</small>}
      </p>
      {task.offer && <p class="facts">{t("answer_by", { at: t.time(task.offer.expires_at) })}</p>}
      {isDeclining ? (
        <>
          <label>
            {t("decline_reason")}
            <input
              value={reason}
              maxLength={500}
              onInput={(e) => setReason(e.currentTarget.value)}
              data-testid="decline-reason"
            />
          </label>
          <label class="tick">
            <input type="checkbox" checked={isConflict} onChange={(e) => setConflict(e.currentTarget.checked)} />
            {t("conflict")}
          </label>
          <div class="two">
            <button onClick={() => setDeclining(false)}>{t("cancel")}</button>
            <ActionButton class="danger" disabled={reason.trim() === ""} onPress={decline} data-testid="decline-sure">
              {t("decline")}
            </ActionButton>
          </div>
        </>
      ) : (
        <div class="two">
          <button onClick={() => setDeclining(true)} data-testid="decline">
            {t("decline")}
          </button>
          <ActionButton
            class="main"
            onPress={() => enqueueOperations({ entity: "assignment", op: "accept", id: task.id })}
            data-testid="accept"
          >
            {t("accept")}
          </ActionButton>
        </div>
      )}
    </Card>
  );
}
