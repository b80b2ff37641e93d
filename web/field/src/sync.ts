// Synchronisation: pushes queued operations and pulls rows that changed. The contract is docs/mobile.md.
import { Failure, NoAnswer, Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, exclusively, inSession, PASSWORD_FIRST, store } from "./client";
import type { Answer, Data, Op, Page } from "./store";

const BATCH = 500; // operations that one push may bring
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 300000; // ms between attempts
const AGAIN_SOON = 30000; // ms, when what goes beside the queue did not get through
const EXPLAINED_AT_ONCE = 10;
// The request itself: one of its operations is at fault. Any other refusal is of whoever asks, or of now: the queue stays.
const NOT_UNDERSTOOD = new Set([400, 413, 422]);

/** `trouble`: why the last round did not work; null when it did. */
export type SyncState = { running: boolean; trouble: "no_network" | "later" | "refused" | null };

export async function push(): Promise<void> {
  await send(() => true);
}

async function send(isWanted: (op: Op) => boolean): Promise<void> {
  const owner = await inSession();
  let size = BATCH;
  for (let ops = await store.waiting(size); ops[0] && isWanted(ops[0]); ops = await store.waiting(size)) {
    const body = { sent_at: new Date().toISOString(), ops: ops as unknown as Record<string, never>[] };
    let answers: Answer[];
    try {
      answers = (await callApi(() => api.client.POST("/api/v1/sync/push", { body }), owner)).results ?? [];
    } catch (error) {
      if (error instanceof TryLater && error.code === PASSWORD_FIRST && ops[0].entity === "sos") answers = [await callForHelp(ops[0])];
      else if (error instanceof Refused && NOT_UNDERSTOOD.has(error.status)) {
        // Halve it until what is at fault stands alone: one operation, or a group, which is not parted.
        const { group } = ops[0];
        if (ops.length > 1 && (group === undefined || ops.some((op) => op.group !== group))) {
          size = Math.max(1, Math.floor(ops.length / 2));
          continue;
        }
        const { code, message } = error;
        answers = ops.map((op) => ({ op_id: op.op_id, status: "rejected", code, detail: message, retryable: false }));
      } else throw error;
    }
    size = Math.min(2 * size, BATCH);
    if ((await store.settle(answers)) === 0) throw new TryLater("nothing_settled", null);
  }
}

/** By the door that is open also before a one-time password was changed; the same call as the one that waits. */
async function callForHelp({ op_id, id, patch }: Op): Promise<Answer> {
  const body = { ...patch, id: id ?? "", sent_at: new Date().toISOString() };
  await callApi(() => api.client.POST("/api/v1/sos", { body }));
  return { op_id, status: "applied", retryable: false };
}

export async function pull(): Promise<void> {
  const owner = await store.account();
  if (owner === null) return;
  for (; ;) {
    const token = await store.nextToken();
    let page: Page;
    try {
      page = (await callApi(() => api.client.GET("/api/v1/sync", { params: { query: token === null ? {} : { token } } }), owner)) as Page;
    } catch (error) {
      if (error instanceof Refused && (await beganAgain(error, token))) continue;
      throw error;
    }
    if (!(await store.stage(owner, token, page))) return;
    if (page.complete) return store.applyPages();
    // There may be many pages: a call for help does not wait for the last of them.
    await send((op) => op.entity === "sos");
  }
}

/** Whether the pull can go on after this refusal: from the last checkpoint, or from nothing. */
async function beganAgain(refused: Refused, token: string | null): Promise<boolean> {
  if (token === null) return false;
  if (refused.status === 400 && token !== (await store.take("token"))) {
    await store.forgetPages();
    return true;
  }
  if (refused.status === 410 || refused.status === 400) {
    await store.forgetRows();
    return true;
  }
  return false;
}

/** Fetch why she is asked, for offers that have no explanation yet: she may read them where there is no network. */
async function explain(): Promise<void> {
  const owner = await store.account();
  if (owner === null) return;
  const offers = (await store.row.where({ entity: "offer" }).toArray()).filter((row) => row.data["state"] === "offered");
  const known = new Set((await store.why.toArray()).map((why) => why.assignment_id));
  const asked = offers.filter((row) => !known.has(String(row.data["assignment_id"]))).slice(0, EXPLAINED_AT_ONCE);
  for (const { data } of asked)
    try {
      await explainOne(owner, data);
    } catch (error) {
      // Nobody explains this one to her; the others may be explained all the same.
      if (!(error instanceof Refused)) throw error;
    }
}

async function explainOne(owner: string, offer: Data): Promise<void> {
  const path = { incident_id: String(offer["incident_id"]) };
  const told = await callApi(() => api.client.GET("/api/v1/incidents/{incident_id}/dispatch", { params: { path } }));
  const run = told.runs?.filter((some) => some.assignment_id === offer["assignment_id"]).at(-1) ?? told.runs?.at(-1);
  const mine = run?.candidates?.find((candidate) => candidate.worker_id === owner);
  const sentence = mine?.sentence ?? run?.sentence;
  await store.keepWhy(owner, {
    assignment_id: String(offer["assignment_id"]),
    zh: sentence?.zh ?? "",
    en: sentence?.en ?? "",
    others: Math.max(0, (run?.candidates?.length ?? 1) - 1),
  });
}

/** The pull after the one that brought an offer tells the server that the phone has it. */
async function deliver(): Promise<void> {
  const isNew = (await store.row.where({ entity: "offer" }).toArray()).some((row) => row.data["state"] === "offered");
  if (isNew) await exclusively("gridward-sync", pull);
}

/** Rounds of sending and fetching: when something was done, when a hint comes, when the network is back, and by the clock. */
class Sync {
  /** What goes beside the queue: positions, photos. */
  beside: (() => Promise<void>)[] = [];
  state: SyncState = { running: false, trouble: null };
  private heard = new Set<() => void>();
  private pause = FIRST_PAUSE;
  private timer = 0;
  private wanted = false;
  private stream: EventSource | null = null;

  start(): void {
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.tell({ running: false, trouble: "no_network" }));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    this.now();
  }

  onChange(listener: () => void): () => void {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  }

  /** New work, a new network, the app in front: begin at once, whatever the pause was. */
  now(): void {
    this.pause = FIRST_PAUSE;
    this.wanted = true;
    if (!this.state.running) void this.round();
  }

  private async round(): Promise<void> {
    clearTimeout(this.timer);
    if ((await store.take("session")) === null) return this.tell({ running: false, trouble: null });
    this.wanted = false;
    this.tell({ ...this.state, running: true });
    let wait: number;
    try {
      // One page of this browser at a time.
      await exclusively("gridward-sync", async () => {
        await push();
        await pull();
      });
      this.tell({ running: false, trouble: null });
      this.pause = FIRST_PAUSE;
      wait = await this.untilNextPoll();
      void this.after();
    } catch (error) {
      if (error instanceof SignedOut) return this.tell({ running: false, trouble: null });
      // A fault of the app itself is told to the browser, and ends no rounds.
      if (!(error instanceof Failure)) reportError(error);
      this.tell({ running: false, trouble: error instanceof NoAnswer ? "no_network" : error instanceof TryLater ? "later" : "refused" });
      wait = Math.max(error instanceof TryLater ? (error.seconds ?? 0) * 1000 : 0, this.pause * (0.5 + Math.random() / 2));
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    }
    this.timer = window.setTimeout(() => void this.round(), this.wanted ? 0 : wait);
  }

  /** What only saves time: the delivery of offers, explanations, hints. Each fails alone, and is the next round's to do. */
  private async after(): Promise<void> {
    let isDone = true;
    for (const step of [deliver, explain, () => this.listen(), ...this.beside])
      try {
        await step();
      } catch (error) {
        if (error instanceof SignedOut) return;
        if (!(error instanceof Failure)) reportError(error);
        isDone = false;
      }
    if (isDone) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.round(), AGAIN_SOON * (0.5 + Math.random() / 2));
  }

  private async listen(): Promise<void> {
    if (this.stream !== null && this.stream.readyState !== EventSource.CLOSED) return;
    const { ticket } = await callApi(() => api.client.POST("/api/v1/events/ticket"));
    const stream = new EventSource(new URL(`../api/v1/events?ticket=${encodeURIComponent(ticket)}`, document.baseURI));
    const close = () => stream.close(); // a ticket serves once: the next round gets another
    stream.addEventListener("pull", () => this.now());
    stream.addEventListener("bye", close);
    stream.addEventListener("error", close);
    this.stream = stream;
  }

  private async untilNextPoll(): Promise<number> {
    const duties = await store.row.where({ entity: "duty" }).toArray();
    const minutes = duties.some((row) => row.data["until"] === null) ? 2 + 3 * Math.random() : 15 + 15 * Math.random();
    return minutes * 60000;
  }

  private tell(state: SyncState): void {
    this.state = state;
    for (const listener of this.heard) listener();
  }
}

export const sync = new Sync();
