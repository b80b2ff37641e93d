// Today: what she is asked, what she has in hand, what went to somebody else, and what she reported.
import { useState } from "preact/hooks";
import { Act } from "../acting";
import { act } from "../device";
import { Card, Empty, go, Title, useWords, useWork } from "../ui";
import { status, type Word } from "../words";
import { because } from "../words/because";
import type { Incident, Task } from "../work";
import { MapBelow } from "./maps";

export function useCategory() {
  const t = useWords();
  const { categories } = useWork();
  return (code: string) => t.named(categories.find((some) => some.code === code)?.name) || (code === "unclassified" ? t("unclassified") : code);
}

/** Which case it is and how it stands; on its own page it is the heading. */
export function Head(props: { task: Task; isTitle?: boolean }) {
  const t = useWords();
  const category = useCategory();
  const { now } = useWork();
  const { incident, role, step, isSending } = props.task;
  const late = incident.due_at != null && Date.parse(incident.due_at) < now;
  const kind: Word = `${role}_task` as Word;
  const name = (
    <>
      <b class={`kind ${role}`}>{t(kind)}</b> {category(incident.category)}
    </>
  );
  return (
    <>
      {props.isTitle ? <Title text={`${t(kind)} ${category(incident.category)}`}>{name}</Title> : <h3>{name}</h3>}
      <Pressing incident={incident} />
      {incident.description && <p class="words">{incident.description}</p>}
      <p class="facts">
        <span>{incident.case_no ?? ""}</span>
        {incident.due_at && <span class={late ? "bad" : ""}>{t(late ? "overdue" : "due", { at: t.time(incident.due_at) })}</span>}
        <span data-testid="step">
          {t(`step_${step}` as Word)}
          {isSending && <i> · {t("sending")}</i>}
        </span>
      </p>
    </>
  );
}

/** What makes it more pressing than its hour: she is named, people urge, a higher level looks. */
function Pressing(props: { incident: Incident }) {
  const t = useWords();
  const { pinned_to_me, urged_count, supervised } = props.incident;
  if (!pinned_to_me && !urged_count && !supervised) return null;
  return (
    <p class="facts" data-testid="pressing">
      {supervised && <b class="bad">{supervised.until ? t("supervised_until", { at: t.time(supervised.until) }) : t("supervised")}</b>}
      {!!urged_count && <b class="bad">{t("urged", { n: urged_count })}</b>}
      {pinned_to_me && <b>{t("pinned_to_me")}</b>}
    </p>
  );
}

export function Tasks() {
  const t = useWords();
  const work = useWork();
  const category = useCategory();
  const marks = [...work.mine, ...work.offers].flatMap(({ id, incident }) =>
    incident.location ? [{ id, at: incident.location.coordinates, words: incident.description ?? "" }] : [],
  );
  return (
    <>
      <Title text={t("tasks")} />
      <MapBelow word="on_map" marks={marks} onOpen={(id) => go(`task/${id}`)} />
      <h2>{t("offers")}</h2>
      {work.offers.map((task) => <Offer key={task.id} task={task} />)}
      {work.offers.length === 0 && <Empty>{t("no_offers")}</Empty>}
      {work.queued.length > 0 && <h2>{t("unit_queue")}</h2>}
      {work.queued.map((task) => (
        <Card key={task.id} testid="queued">
          <Head task={task} />
          <Act class="main" doing={() => act({ entity: "assignment", op: "accept", id: task.id })} data-testid="take">{t("take")}</Act>
        </Card>
      ))}
      <h2>{t("my_work")}</h2>
      {work.mine.map((task) => (
        <a key={task.id} class="link" href={`#/task/${task.id}`} data-testid="mine">
          <Card><Head task={task} /></Card>
        </a>
      ))}
      {work.mine.length === 0 && <Empty>{t("no_work")}</Empty>}
      {work.lost.length > 0 && <h2>{t("taken_away")}</h2>}
      {work.lost.map((some) => (
        <Card key={some.id} tone="warn" testid="lost">
          <h3>{some.incident ? category(some.incident.category) : t("case_elsewhere")}</h3>
          {some.incident?.description && <p class="words">{some.incident.description}</p>}
          <p>{because(t.language, some.because)}</p>
        </Card>
      ))}
      <h2>{t("reported")}</h2>
      {work.reported.slice(0, 20).map((incident) => (
        <section class="row" key={incident.id} data-testid="reported">
          <b>{category(incident.category)}</b>
          <span>{incident.description}</span>
          <small>{incident.case_no ?? ""} {status(t.language, incident.status)}</small>
          {incident.replies?.map((reply) => (
            <span class="words" key={reply.at} data-testid="reply">{t("told_you", { words: reply.words })} <small>{t.time(reply.at)}</small></span>
          ))}
          {incident.linked?.map((other) => (
            <small key={other.id} data-testid="linked">
              {other.ended_as && other.closed_at
                ? t("linked_ended", { no: other.case_no, as: status(t.language, other.ended_as), at: t.time(other.closed_at) })
                : t("linked_goes_on", { no: other.case_no })}
            </small>
          ))}
        </section>
      ))}
      {work.reported.length === 0 && <Empty>{t("nothing_reported")}</Empty>}
    </>
  );
}

function Offer(props: { task: Task }) {
  const t = useWords();
  const { task } = props;
  const [isDeclining, setDeclining] = useState(false);
  const [reason, setReason] = useState("");
  const [isConflict, setConflict] = useState(false);
  const why = t.language === "en" ? task.why?.en : task.why?.zh;
  const decline = () =>
    act({ entity: "assignment", op: "decline", id: task.id, patch: { reason: reason.trim(), ...(isConflict ? { because: "conflict_of_interest" } : {}) } });
  return (
    <Card testid="offer">
      <Head task={task} />
      <p class="why" data-testid="why">
        <b>{t("why_me")}</b> {why || t("why_later")}
        {task.why && task.why.others > 0 && <small> {t("considered", { n: task.why.others })}</small>}
      </p>
      {task.offer && <p class="facts">{t("answer_by", { at: t.time(task.offer.expires_at) })}</p>}
      {isDeclining ? (
        <>
          <label>
            {t("decline_reason")}
            <input value={reason} maxLength={500} onInput={(e) => setReason(e.currentTarget.value)} data-testid="decline-reason" />
          </label>
          <label class="tick">
            <input type="checkbox" checked={isConflict} onChange={(e) => setConflict(e.currentTarget.checked)} />
            {t("conflict")}
          </label>
          <div class="two">
            <button onClick={() => setDeclining(false)}>{t("cancel")}</button>
            <Act class="danger" disabled={reason.trim() === ""} doing={decline} data-testid="decline-sure">{t("decline")}</Act>
          </div>
        </>
      ) : (
        <div class="two">
          <button onClick={() => setDeclining(true)} data-testid="decline">{t("decline")}</button>
          <Act class="main" doing={() => act({ entity: "assignment", op: "accept", id: task.id })} data-testid="accept">{t("accept")}</Act>
        </div>
      )}
    </Card>
  );
}
