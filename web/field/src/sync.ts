// Synchronisation: pushes queued operations and pulls rows that changed. The contract is docs/mobile.md.
import { Failure, NoAnswer, Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, withLock, sessionAccount, PASSWORD_CHANGE_REQUIRED, store } from "./client";
import type { OperationResult, Data, Operation, PullPage } from "./store";

const BATCH_SIZE = 500; // operations that one push may bring
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300000; // ms between attempts
const FOLLOW_UP_RETRY_MS = 30000; // ms, when what goes beside the queue did not get through
const EXPLANATIONS_PER_ROUND = 10;
// The request itself: one of its operations is at fault. Any other refusal is of whoever asks, or of now: the queue stays.
const BAD_REQUEST_STATUSES = new Set([400, 413, 422]);

/** `trouble`: why the last round did not work; null when it did. */
export type SyncState = { running: boolean; trouble: "no_network" | "later" | "refused" | null };

export async function push(): Promise<void> {
  await sendWhile(() => true);
}

async function sendWhile(isWanted: (op: Operation) => boolean): Promise<void> {
  const owner = await sessionAccount();
  let size = BATCH_SIZE;
  for (let ops = await store.waitingOperations(size); ops[0] && isWanted(ops[0]); ops = await store.waitingOperations(size)) {
    const body = { sent_at: new Date().toISOString(), ops: ops as unknown as Record<string, never>[] };
    let answers: OperationResult[];
    try {
      answers = (await callApi(() => api.client.POST("/api/v1/sync/push", { body }), owner)).results ?? [];
    } catch (error) {
      if (error instanceof TryLater && error.code === PASSWORD_CHANGE_REQUIRED && ops[0].entity === "sos") answers = [await sendEmergencyCall(ops[0])];
      else if (error instanceof Refused && BAD_REQUEST_STATUSES.has(error.status)) {
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
    size = Math.min(2 * size, BATCH_SIZE);
    if ((await store.storeResults(answers)) === 0) throw new TryLater("nothing_settled", null);
  }
}

/** By the door that is open also before a one-time password was changed; the same call as the one that waits. */
async function sendEmergencyCall({ op_id, id, patch }: Operation): Promise<OperationResult> {
  const body = { ...patch, id: id ?? "", sent_at: new Date().toISOString() };
  await callApi(() => api.client.POST("/api/v1/sos", { body }));
  return { op_id, status: "applied", retryable: false };
}

export async function pull(): Promise<void> {
  const owner = await store.currentAccount();
  if (owner === null) return;
  for (; ;) {
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
    // There may be many pages: a call for help does not wait for the last of them.
    await sendWhile((op) => op.entity === "sos");
  }
}

/** Whether the pull can go on after this refusal: from the last checkpoint, or from nothing. */
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

/** Fetch why she is asked, for offers that have no explanation yet: she may read them where there is no network. */
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
      // Nobody explains this one to her; the others may be explained all the same.
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

/** The pull after the one that brought an offer tells the server that the phone has it. */
async function confirmDelivery(): Promise<void> {
  const isNew = (await store.row.where({ entity: "offer" }).toArray()).some((row) => row.data["state"] === "offered");
  if (isNew) await withLock("gridward-sync", pull);
}

/** Rounds of sending and fetching: when something was done, when a hint comes, when the network is back, and by the clock. */
class Sync {
  /** What goes beside the queue: positions, photos. */
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

  /** New work, a new network, the app in front: begin at once, whatever the pause was. */
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
      // A fault of the app itself is told to the browser, and ends no rounds.
      if (!(error instanceof Failure)) reportError(error);
      this.setState({ running: false, trouble: error instanceof NoAnswer ? "no_network" : error instanceof TryLater ? "later" : "refused" });
      wait = Math.max(error instanceof TryLater ? (error.seconds ?? 0) * 1000 : 0, this.pause * (0.5 + Math.random() / 2));
      this.pause = Math.min(this.pause * 2, MAX_PAUSE_MS);
    }
    this.timer = window.setTimeout(() => void this.runRound(), this.isRoundRequested ? 0 : wait);
  }

  /** What only saves time: the delivery of offers, explanations, hints. Each fails alone, and is the next round's to do. */
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
    const close = () => stream.close(); // a ticket serves once: the next round gets another
    stream.addEventListener("pull", () => this.requestRound());
    stream.addEventListener("bye", close);
    stream.addEventListener("error", close);
    this.stream = stream;
  }

  private async untilNextPoll(): Promise<number> {
    const duties = await store.row.where({ entity: "duty" }).toArray();
    const minutes = duties.some((row) => row.data["until"] === null) ? 2 + 3 * Math.random() : 15 + 15 * Math.random();
    return minutes * 60000;
  }

  private setState(state: SyncState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const sync = new Sync();
