// One phone: what the worker does goes into the queue, `sync` sends it and fetches what others did. The contract is docs/mobile.md.
import { Api, Failure, NoAnswer, Refused, SignedOut, TryLater } from "../../src/api/http";
import { uuid7 } from "./ids";
import { type About, type Answer, type Data, isSome, type Op, type Owner, type Page, type Row, type Stake, Store } from "./store";

const BATCH = 500; // operations that one push may bring
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000; // ms between attempts
const AGAIN_SOON = 30_000; // ms, when what goes beside the queue did not get through
const EXPLAINED_AT_ONCE = 10;
// The request itself: one of its operations is at fault. Any other refusal is of whoever asks, or of now: the queue stays.
const NOT_UNDERSTOOD = new Set([400, 413, 422]);
export const PASSWORD_FIRST = "password_change_required";
const SOMEBODY_ELSE = "somebody_else";

export const store = new Store();
export const api = new Api("field");

export type Act = { entity: string; op: string; id?: string; patch?: Record<string, unknown> };
/** `trouble`: why the last round did not work; null when it did. */
export type SyncState = { running: boolean; trouble: "no_network" | "later" | "refused" | null };

/** Somebody's work is on this phone only: send it first, or say that it is to be discarded. */
export class UnsentWork extends Error {
  constructor(
    readonly username: string,
    readonly stake: Stake,
  ) {
    super(username);
  }
}

// Who is signed in

export async function begin(): Promise<void> {
  const owner = await store.take<Owner>("session");
  api.account = owner?.account ?? null;
}

/** Sign in. The queue of somebody else is neither sent nor shown: it goes, but not before the password has proved to be right. */
export async function signIn(username: string, password: string, discard: boolean): Promise<void> {
  const name = username.toLowerCase();
  const before = await store.take<string>("owner");
  const isOther = before !== null && before !== name;
  const stake = await store.stake();
  if (isOther && !discard && isSome(stake)) throw new UnsentWork(before, stake);
  // One key for each installation: the server numbers operations by it.
  const kept = isOther ? null : await store.take<string>("device_key");
  const key = kept ?? uuid7().replace(/-/g, "");
  // Before the answer, which may be lost: the next attempt is the same installation's.
  if (!isOther) await store.keep("device_key", key);
  api.account = null;
  const account = await api.signIn(username, password, key);
  await store.settleIn({ device_key: key, owner: name, session: { username, account } satisfies Owner }, isOther);
}

/** Send what waits, sign out, wipe everything. Without an answer nothing is wiped. */
export async function signOut(discard: boolean): Promise<void> {
  if (!discard) {
    if (isSome(await store.stake())) await sendAll();
    const stake = await store.stake();
    if (isSome(stake)) throw new UnsentWork((await store.take<string>("owner")) ?? "", stake);
  }
  try {
    await api.signOut();
  } catch (error) {
    // Ended already.
    if (!(error instanceof SignedOut) && !(error instanceof Refused && error.status === 401)) throw error;
  }
  api.forget();
  await store.settleIn({}, true);
}

/** What the server does not take now stays, and is told of. */
async function sendAll(): Promise<void> {
  for (const send of [push, ...sync.beside])
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TryLater || error instanceof Refused)) throw error;
    }
}

export async function changePassword(current: string, next: string): Promise<void> {
  await signed(() => api.client.POST("/api/v1/me/password", { body: { current, new: next, keep_tokens: false } }));
  await store.keep("password_first", null);
  sync.now();
}

// What the worker does

/** Queue acts; several take effect together or not at all. */
export async function act(...acts: Act[]): Promise<void> {
  const at = new Date().toISOString();
  const group = acts.length > 1 ? uuid7() : undefined;
  const ops: Omit<Op, "device_seq">[] = [];
  const about: (About | undefined)[] = [];
  for (const said of acts) {
    const id = said.id ?? uuid7();
    const held = await store.row.get([said.entity, id]);
    const base: Record<string, unknown> = {};
    if (said.op === "patch" && held)
      for (const name of Object.keys(said.patch ?? {})) if (name in held.data) base[name] = held.data[name];
    about.push(await caseOf(said.entity, said.op, id, held));
    ops.push({
      op_id: uuid7(),
      entity: said.entity,
      op: said.op,
      client_at: at,
      ...(said.entity === "duty" ? {} : { id }),
      ...(said.patch ? { patch: said.patch } : {}),
      ...(held?.version != null ? { base_version: held.version } : {}),
      ...(said.op === "patch" ? { base } : {}),
      ...(group ? { group } : {}),
    });
  }
  await store.enqueue(ops, about);
  // What she recorded goes with what she says of the case.
  await store.release(ops.filter(({ entity, op }) => entity === "incident" && op !== "note").map(({ id }) => id ?? ""));
  sync.now();
}

const SEEN_OF_CASES = ["status", "category", "description", "due_at"];

/** The case that an act on it, or on an assignment of it, is about, as it is on the phone now. */
async function caseOf(entity: string, op: string, id: string, held: Row | undefined): Promise<About | undefined> {
  if (op === "report" || (entity !== "incident" && entity !== "assignment")) return undefined;
  const incident = entity === "incident" ? id : String(held?.data["incident_id"] ?? "");
  const row = await store.row.get(["incident", incident]);
  return row && { incident, saw: Object.fromEntries(SEEN_OF_CASES.map((name) => [name, row.data[name] ?? null])) };
}

// Talking to the server

/** An answer under the session of whoever is signed in on this phone now: another page of this browser may have changed it. */
async function signed<T>(asked: () => Promise<{ data?: T; error?: unknown; response: Response }>, who?: string): Promise<T> {
  const owner = await inSession();
  if (who !== undefined && who !== owner) throw new TryLater(SOMEBODY_ELSE, null);
  try {
    return await api.call(asked());
  } catch (error) {
    if (error instanceof Refused && error.code === PASSWORD_FIRST) {
      await store.keep("password_first", true);
      throw new TryLater(error.code, null);
    }
    if (!(error instanceof SignedOut)) throw error;
    api.forget();
    // No row of anybody stays on the phone. What was not sent goes out when she signs in again.
    if (await store.forgetSession(owner, error.code === "session_revoked")) throw error;
    throw new TryLater(SOMEBODY_ELSE, null);
  }
}

/** Whose session it is; what this page has of somebody else's is forgotten, and nothing that is kept. */
export async function inSession(): Promise<string> {
  const account = await store.account();
  if (api.account !== account) {
    api.forget();
    api.account = account;
  }
  if (account === null) throw new SignedOut();
  return account;
}
export { signed as call };

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
      answers = (await signed(() => api.client.POST("/api/v1/sync/push", { body }), owner)).results ?? [];
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
  await signed(() => api.client.POST("/api/v1/sos", { body }));
  return { op_id, status: "applied", retryable: false };
}

export async function pull(): Promise<void> {
  const owner = await store.account();
  if (owner === null) return;
  for (;;) {
    const token = await store.nextToken();
    let page: Page;
    try {
      page = (await signed(() => api.client.GET("/api/v1/sync", { params: { query: token === null ? {} : { token } } }), owner)) as Page;
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
  const told = await signed(() => api.client.GET("/api/v1/incidents/{incident_id}/dispatch", { params: { path } }));
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
    const { ticket } = await signed(() => api.client.POST("/api/v1/events/ticket"));
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
    return minutes * 60_000;
  }

  private tell(state: SyncState): void {
    this.state = state;
    for (const listener of this.heard) listener();
  }
}

export async function exclusively(name: string, work: () => Promise<void>): Promise<void> {
  if (navigator.locks) await navigator.locks.request(name, work);
  else await work();
}

export const sync = new Sync();
