// Rounds of the sync client: when to push and pull, live hints, and follow-ups.
import { Failure, NoAnswer, Refused, SignedOut, TryLater } from "../../src/api/http";
import { Backoff, type Data } from "../../sync-client/src/index";
import { api, callApi, store, syncClient } from "./client";

const FOLLOW_UP_RETRY_MS = 30_000; // ms, after a follow-up failed
const EXPLANATIONS_PER_ROUND = 10;

/** `trouble`: why the last round failed; null if it did not. */
export type SyncState = { running: boolean; trouble: "no_network" | "later" | "refused" | null };

/** Fetch explanations of offers that have none, so that they can be read without a network. */
async function fetchExplanations(): Promise<void> {
  const owner = await store.currentAccount();
  if (owner === null) return;
  const offers = (await store.row.where({ entity: "offer" }).toArray()).filter(
    (row) => row.data["state"] === "offered",
  );
  const explainedIds = new Set((await store.why.toArray()).map((why) => why.assignment_id));
  const unexplained = offers
    .filter((row) => !explainedIds.has(String(row.data["assignment_id"])))
    .slice(0, EXPLANATIONS_PER_ROUND);
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
  const dispatch = await callApi(() =>
    api.client.GET("/api/v1/incidents/{incident_id}/dispatch", { params: { path } }),
  );
  const run =
    dispatch.runs?.filter((candidateRun) => candidateRun.assignment_id === offer["assignment_id"]).at(-1) ??
    dispatch.runs?.at(-1);
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
  if (isNew) await syncClient.pull();
}

/** Rounds of push and pull: after an operation, at an event, when the network is back, and by timer. */
class Sync {
  /** Senders of other data: positions, media. */
  additionalSenders: (() => Promise<void>)[] = [];
  /** What is fetched besides rows: photos of cases. */
  additionalDownloads: (() => Promise<void>)[] = [];
  state: SyncState = { running: false, trouble: null };
  private listeners = new Set<() => void>();
  private readonly backoff = new Backoff();
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
    this.backoff.reset();
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
      await syncClient.sync();
      this.setState({ running: false, trouble: null });
      this.backoff.reset();
      wait = await this.untilNextPoll();
      void this.runFollowUps();
    } catch (error) {
      if (error instanceof SignedOut) return this.setState({ running: false, trouble: null });
      // A bug in the app is reported to the browser and does not stop the rounds.
      if (!(error instanceof Failure)) reportError(error);
      this.setState({
        running: false,
        trouble: error instanceof NoAnswer ? "no_network" : error instanceof TryLater ? "later" : "refused",
      });
      wait = this.backoff.next(error);
    }
    this.timer = window.setTimeout(() => void this.runRound(), this.isRoundRequested ? 0 : wait);
  }

  /**
   * Follow-ups of a round that only save time: confirming offers, explanations, events, media. Each may fail alone and
   * is repeated in the next round.
   */
  private async runFollowUps(): Promise<void> {
    let isDone = true;
    const steps = [confirmDelivery, fetchExplanations, () => this.openEventStream()];
    for (const step of [...steps, ...this.additionalSenders, ...this.additionalDownloads])
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
