// Households of the worker's grids to tell a notice at the door. The list and the results need a network: the outbox holds
// operations of the sync protocol only, and receipts of notices are none.
import { useEffect, useState } from "preact/hooks";
import { NoAnswer, Refused, type Schemas } from "../../../src/api/http";
import { interpolate, type Language, pick, type Values } from "../../../src/i18n";
import { uuid7 } from "../../../sync-client/src/index";
import { api, callApi } from "../client";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { Title } from "../ui/title";
import { TO_TELL_TEXTS } from "../words/to-tell";
import { NoticeFiles } from "./notice-files";

type Task = Schemas["NoticeTask"];
type Receipt = { id: string; state: Schemas["RecordReceipt"]["state"]; happened_at: string };
const RESULTS = ["told", "understood", "needs_help", "declined"] as const;
const PAGE_SIZE = 50;

/** Receipts whose answer was lost, by worker, notice, household and state. Sent again as they were: the same id is stored once. */
const unsureReceipts = new Map<string, Receipt>();

function useTexts() {
  const t = useTranslation();
  return (key: keyof typeof TO_TELL_TEXTS, values?: Values) =>
    interpolate(t.language, pick(t.language, TO_TELL_TEXTS[key]), values);
}

export function ToTellPage() {
  const t = useTranslation();
  const text = useTexts();
  const [tasks, setTasks] = useState<Task[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [trouble, setTrouble] = useState("");
  const [stored, setStored] = useState("");
  const explain = (error: unknown) => setTrouble(error instanceof NoAnswer ? text("offline") : failureText(t, error));
  const read = async (cursor: string | null) => {
    setTrouble("");
    const query = { limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
    try {
      const page = await callApi(() => api.client.GET("/api/v1/notices/tasks", { params: { query } }));
      setTasks((before) => [...(cursor ? (before ?? []) : []), ...page.items]);
      setNext(page.next);
    } catch (error) {
      explain(error);
    }
  };
  useEffect(() => void read(null), []);
  const finish = (task: Task, state: Receipt["state"]) => {
    setTrouble("");
    setStored(text("stored", { household: nameOf(task), state: text(`state_${state}`) }));
    setTasks((before) => (before ?? []).filter((other) => other !== task));
  };
  return (
    <>
      <a href="#/day" class="back">
        ‹ {t("day")}
      </a>
      <Title text={text("title")} />
      <p class="note">{text("what")}</p>
      {trouble && (
        <p class="bad" role="alert" data-testid="to-tell-trouble">
          {trouble}
        </p>
      )}
      <p class="note" role="status" data-testid="told">
        {stored}
      </p>
      {tasks === null && !trouble && <Empty>{t("reading")}</Empty>}
      {tasks === null && trouble && (
        <ActionButton onPress={() => read(null)} data-testid="read-again">
          {text("again")}
        </ActionButton>
      )}
      {tasks?.length === 0 && next === null && <Empty>{text("none")}</Empty>}
      {tasks?.map((task) => (
        <TaskCard
          key={`${task.notice.id} ${task.household.id}`}
          task={task}
          onDone={(state) => finish(task, state)}
          onError={explain}
        />
      ))}
      {tasks !== null && next !== null && <ActionButton onPress={() => read(next)}>{text("more")}</ActionButton>}
    </>
  );
}

const nameOf = ({ household }: Task) => `${household.address} ${household.label}`.trim();

/** Return the text of a notice in the worker's language, else in the other one. */
function noticeText(texts: Task["notice"]["texts"], language: Language): Schemas["NoticeText"] {
  const order = language === "en" ? ["en", "zh"] : ["zh", "en"];
  return texts[order.find((code) => texts[code]) ?? ""] ?? { title: "", text: "" };
}

function TaskCard(props: { task: Task; onDone: (state: Receipt["state"]) => void; onError: (error: unknown) => void }) {
  const t = useTranslation();
  const text = useTexts();
  const { owner } = useWorkerState();
  const { notice, household } = props.task;
  const words = noticeText(notice.texts, t.language);
  const send = async (state: Receipt["state"]) => {
    const key = [owner?.account, notice.id, household.id, state].join();
    const receipt = unsureReceipts.get(key) ?? { id: uuid7(), state, happened_at: new Date().toISOString() };
    unsureReceipts.set(key, receipt);
    const path = { notice_id: notice.id, household_id: household.id };
    try {
      await callApi(() =>
        api.client.POST("/api/v1/notices/{notice_id}/households/{household_id}/receipts", {
          params: { path },
          body: receipt,
        }),
      );
      unsureReceipts.delete(key);
      props.onDone(state);
    } catch (error) {
      if (error instanceof Refused) unsureReceipts.delete(key);
      props.onError(error);
    }
  };
  return (
    <Card testid="to-tell">
      <h2 class="item">{nameOf(props.task)}</h2>
      <p class="facts">
        <b>{words.title}</b>
        <span>{text("until", { at: t.time(notice.valid_until) })}</span>
      </p>
      <details>
        <summary>{text("read_text")}</summary>
        <p class="words">{words.text}</p>
      </details>
      <NoticeFiles files={notice.files ?? []} onError={props.onError} />
      <div class="steps" role="group" aria-label={nameOf(props.task)}>
        {RESULTS.map((state) => (
          <ActionButton key={state} onPress={() => send(state)} data-testid={`result-${state}`}>
            {text(`state_${state}`)}
          </ActionButton>
        ))}
      </div>
    </Card>
  );
}
