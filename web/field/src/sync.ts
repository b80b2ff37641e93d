// Synchronisation: pushes queued operations and pulls rows that changed. The contract is docs/mobile.md.
import { Failure, NoAnswer, Refused, type Schemas, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, PASSWORD_CHANGE_REQUIRED, sessionAccount, store, withLock } from "./client";
import type { Data, Operation, OperationResult, PullPage } from "./store";

const BATCH_SIZE = 500; // operations in one push
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000; // ms between attempts
const FOLLOW_UP_RETRY_MS = 30_000; // ms, after a follow-up failed
const EXPLANATIONS_PER_ROUND = 10;
// The request itself is at fault, because of one of its operations. After any other refusal the queue stays as it is.
const BAD_REQUEST_STATUSES = new Set([400, 413, 422]);

/** `trouble`: why the last round failed; null if it did not. */
export type SyncState = { running: boolean; trouble: "no_network" | "later" | "refused" | null };

export async function push(): Promise<void> {
  await sendWhile(() => true);
}

async function sendWhile(isWanted: (op: Operation) => boolean): Promise<void> {
  const owner = await sessionAccount();
  let size = BATCH_SIZE;
  for (let ops = await store.waitingOperations(size); ops[0] && isWanted(ops[0]); ops = await store.waitingOperations(size)) {
    const body = { sent_at: new Date().toISOString(), ops: ops as unknown as Schemas["PushOperation"][] };
    let answers: OperationResult[];
    try {
      answers = (await callApi(() => api.client.POST("/api/v1/sync/push", { body }), owner)).results ?? [];
    } catch (error) {
      if (error instanceof TryLater && error.code === PASSWORD_CHANGE_REQUIRED && ops[0].entity === "sos") answers = [await sendEmergencyCall(ops[0])];
      else if (error instanceof Refused && BAD_REQUEST_STATUSES.has(error.status)) {
        // Halve the batch until the faulty operation is alone, or in its group, which is not split.
        const { group } = ops[0];
        if (ops.length > 1 && (group === undefined || ops.some((op) => op.group !== group))) {
          size = Math.max(1, Math.floor(ops.length / 2));
          continue;
        }
        const { code, message } = error;
        answers = ops.map((op) => ({ op_id: op.op_id, status: "rejected", code, detail: message, retryable: false }));
      } else throw error;
    }
    size = Math.min(2 * size, BATCH_SIZE);
    if ((await store.storeResults(answers)) === 0) throw new TryLater("nothing_settled", null);
  }
}

/**
 * Send an emergency call to the endpoint that is also open before a one-time password is changed. Same id as the queued
 * operation.
 */
async function sendEmergencyCall({ op_id, id, patch }: Operation): Promise<OperationResult> {
  const body = { ...patch, id: id ?? "", sent_at: new Date().toISOString() };
  await callApi(() => api.client.POST("/api/v1/sos", { body }));
  return { op_id, status: "applied", retryable: false };
}

export async function pull(): Promise<void> {
  const owner = await store.currentAccount();
  if (owner === null) return;
  for (;;) {
    const token = await store.nextPullToken();
    let page: PullPage;
    try {
      page = (await callApi(() => api.client.GET("/api/v1/sync", { params: { query: token === null ? {} : { token } } }), owner)) as PullPage;
    } catch (error) {
      if (error instanceof Refused && (await recoverFromRefusedPull(error, token))) continue;
      throw error;
    }
    if (!(await store.stagePage(owner, token, page))) return;
    if (page.complete) return store.applyPages();
    // A pull may have many pages: an emergency call does not wait for the last.
    await sendWhile((op) => op.entity === "sos");
  }
}

/** Return true if the pull can continue after this refusal, from the last checkpoint or from the start. */
async function recoverFromRefusedPull(refused: Refused, token: string | null): Promise<boolean> {
  if (token === null) return false;
  if (refused.status === 400 && token !== (await store.readValue("token"))) {
    await store.discardStagedPages();
    return true;
  }
  if (refused.status === 410 || refused.status === 400) {
    await store.clearRows();
    return true;
  }
  return false;
}

/** Fetch explanations of offers that have none, so that they can be read without a network. */
async function fetchExplanations(): Promise<void> {
  const owner = await store.currentAccount();
  if (owner === null) return;
  const offers = (await store.row.where({ entity: "offer" }).toArray()).filter((row) => row.data["state"] === "offered");
  const explainedIds = new Set((await store.why.toArray()).map((why) => why.assignment_id));
  const unexplained = offers.filter((row) => !explainedIds.has(String(row.data["assignment_id"]))).slice(0, EXPLANATIONS_PER_ROUND);
  for (const { data } of unexplained)
    try {
      await fetchExplanation(owner, data);
    } catch (error) {
      // This offer has no explanation for the worker; the others may have one.
      if (!(error instanceof Refused)) throw error;
    }
}

async function fetchExplanation(owner: string, offer: Data): Promise<void> {
  const path = { incident_id: String(offer["incident_id"]) };
  const dispatch = await callApi(() => api.client.GET("/api/v1/incidents/{incident_id}/dispatch", { params: { path } }));
  const run = dispatch.runs?.filter((candidateRun) => candidateRun.assignment_id === offer["assignment_id"]).at(-1) ?? dispatch.runs?.at(-1);
  const ownCandidate = run?.candidates?.find((candidate) => candidate.worker_id === owner);
  const sentence = ownCandidate?.sentence ?? run?.sentence;
  await store.storeExplanation(owner, {
    assignment_id: String(offer["assignment_id"]),
    zh: sentence?.zh ?? "",
    en: sentence?.en ?? "",
    others: Math.max(0, (run?.candidates?.length ?? 1) - 1),
  });
}

/** Confirm offers: the pull after the one that brought an offer tells the server that the phone has it. */
async function confirmDelivery(): Promise<void> {
  const isNew = (await store.row.where({ entity: "offer" }).toArray()).some((row) => row.data["state"] === "offered");
  if (isNew) await withLock("gridward-sync", pull);
}

/** Rounds of push and pull: after an operation, at an event, when the network is back, and by timer. */
class Sync {
  /** Senders of other data: positions, media. */
  additionalSenders: (() => Promise<void>)[] = [];
  state: SyncState = { running: false, trouble: null };
  private listeners = new Set<() => void>();
  private pause = FIRST_PAUSE_MS;
  private timer = 0;
  private isRoundRequested = false;
  private stream: EventSource | null = null;

  start(): void {
    addEventListener("online", () => this.requestRound());
    addEventListener("offline", () => this.setState({ running: false, trouble: "no_network" }));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.requestRound());
    this.requestRound();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Start a round now, whatever the pause: new operations, network back, app in front. */
  requestRound(): void {
    this.pause = FIRST_PAUSE_MS;
    this.isRoundRequested = true;
    if (!this.state.running) void this.runRound();
  }

  private async runRound(): Promise<void> {
    clearTimeout(this.timer);
    if ((await store.readValue("session")) === null) return this.setState({ running: false, trouble: null });
    this.isRoundRequested = false;
    this.setState({ ...this.state, running: true });
    let wait: number;
    try {
      // One page of this browser at a time.
      await withLock("gridward-sync", async () => {
        await push();
        await pull();
      });
      this.setState({ running: false, trouble: null });
      this.pause = FIRST_PAUSE_MS;
      wait = await this.untilNextPoll();
      void this.runFollowUps();
    } catch (error) {
      if (error instanceof SignedOut) return this.setState({ running: false, trouble: null });
      // A bug in the app is reported to the browser and does not stop the rounds.
      if (!(error instanceof Failure)) reportError(error);
      this.setState({ running: false, trouble: error instanceof NoAnswer ? "no_network" : error instanceof TryLater ? "later" : "refused" });
      wait = Math.max(error instanceof TryLater ? (error.seconds ?? 0) * 1000 : 0, this.pause * (0.5 + Math.random() / 2));
      this.pause = Math.min(this.pause * 2, MAX_PAUSE_MS);
    }
    this.timer = window.setTimeout(() => void this.runRound(), this.isRoundRequested ? 0 : wait);
  }

  /**
   * Follow-ups of a round that only save time: confirming offers, explanations, events, media. Each may fail alone and
   * is repeated in the next round.
   */
  private async runFollowUps(): Promise<void> {
    let isDone = true;
    for (const step of [confirmDelivery, fetchExplanations, () => this.openEventStream(), ...this.additionalSenders])
      try {
        await step();
      } catch (error) {
        if (error instanceof SignedOut) return;
        if (!(error instanceof Failure)) reportError(error);
        isDone = false;
      }
    if (isDone) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.runRound(), FOLLOW_UP_RETRY_MS * (0.5 + Math.random() / 2));
  }

  private async openEventStream(): Promise<void> {
    if (this.stream !== null && this.stream.readyState !== EventSource.CLOSED) return;
    const { ticket } = await callApi(() => api.client.POST("/api/v1/events/ticket"));
    const stream = new EventSource(new URL(`../api/v1/events?ticket=${encodeURIComponent(ticket)}`, document.baseURI));
    const close = () => stream.close(); // a ticket is valid once: the next round requests another
    stream.addEventListener("pull", () => this.requestRound());
    stream.addEventListener("bye", close);
    stream.addEventListener("error", close);
    this.stream = stream;
  }

  private async untilNextPoll(): Promise<number> {
    const duties = await store.row.where({ entity: "duty" }).toArray();
    const minutes = duties.some((row) => row.data["until"] === null) ? 2 + 3 * Math.random() : 15 + 15 * Math.random();
    return minutes * 60_000;
  }

  private setState(state: SyncState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const sync = new Sync();
