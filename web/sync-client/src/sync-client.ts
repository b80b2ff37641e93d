// The client of one device: sign in, queue operations, push, pull, view, sign out.
import { Backoff } from "./backoff.js";
import { NoAnswer, TryLater } from "./errors.js";
import type { Data, DeadLetter, Operation, OperationRequest, Row, UnsentCounts } from "./protocol.js";
import { Session } from "./session.js";
import { type Clock, type Connection, type Extension, type Lock, processLock, type SyncStorage } from "./storage.js";
import { SyncStore } from "./sync-store.js";
import { Synchronizer } from "./sync.js";

export type SyncClientOptions = {
  storage: SyncStorage;
  connection: Connection;
  /** The clock of the device, right or wrong. */
  clock?: Clock;
  lock?: Lock;
  extension?: Extension;
  /** Rows in one page of a pull; the server decides if not given. */
  pageLimit?: number;
  /** What to store with an operation, such as the row that the user saw; it comes back in the queue and in dead letters. */
  about?: (request: OperationRequest & { id: string }, row: Row | undefined) => Promise<unknown>;
};

/** What a device holds, in the format of the conformance kit (docs/explanation/conformance.md). */
export type Dump = {
  token: string | null;
  buckets: string[];
  rows: { entity: string; id: string; version: number | null; until: string | null; data: Data; buckets: string[] }[];
  pending: string[];
};

export class SyncClient {
  readonly store: SyncStore;
  readonly session: Session;
  private readonly synchronizer: Synchronizer;
  private readonly lock: Lock;

  constructor(private readonly options: SyncClientOptions) {
    const clock = options.clock ?? { now: () => Date.now() };
    this.lock = options.lock ?? processLock();
    this.store = new SyncStore(options.storage, clock, options.extension ?? {});
    this.session = new Session(options.connection, this.store);
    this.synchronizer = new Synchronizer(
      options.connection,
      this.session,
      this.store,
      clock,
      options.pageLimit ?? null,
    );
  }

  /**
   * Sign in. Throws UnsentWork if another account has unsent work on this device; with `discard` that work is deleted, once the
   * server has accepted the password.
   */
  signIn(username: string, password: string, discard = false): Promise<void> {
    return this.session.signIn(username, password, discard);
  }

  /** Send what waits, sign out, delete everything. Throws UnsentWork if work would be lost and `discard` is false. */
  signOut(discard = false, otherSenders: (() => Promise<void>)[] = []): Promise<void> {
    return this.session.signOut(discard, [() => this.push(), ...otherSenders]);
  }

  /** Queue operations. Several operations form a group, which takes effect as a whole or not at all. Works without a network. */
  enqueue(...requests: OperationRequest[]): Promise<Operation[]> {
    return this.store.enqueue(requests, this.options.about ?? (async () => undefined));
  }

  /** Return what the user sees of an entity, by id: rows with the queue laid over them. */
  view(entity: string): Promise<Map<string, Data>> {
    return this.store.view(entity);
  }

  /** Return the operations that were not applied, or not in all fields, and that the user has not seen. */
  deadLetters(): Promise<DeadLetter[]> {
    return this.store.storage.deadLetters();
  }

  /** Delete a dead letter that the user has seen. */
  async dismiss(op_id: string): Promise<void> {
    await this.store.storage.transaction(() =>
      this.store.storage.deleteDeadLettersWhere((letter) => letter.op_id === op_id),
    );
  }

  /** Delete a queued operation that has not been answered. Waits for a round that is running. */
  cancel(op_id: string): Promise<void> {
    return this.exclusively(() => this.store.cancelOperation(op_id));
  }

  unsentWork(): Promise<UnsentCounts> {
    return this.store.unsentWork();
  }

  push(): Promise<void> {
    return this.synchronizer.push();
  }

  pull(): Promise<void> {
    return this.exclusively(() => this.synchronizer.pull());
  }

  /** One round: send what waits, then fetch one checkpoint. One process of the device at a time. */
  sync(): Promise<void> {
    return this.exclusively(async () => {
      await this.synchronizer.push();
      await this.synchronizer.pull();
    });
  }

  /** Rounds until one succeeds, with growing random pauses after failures that pass (NoAnswer, TryLater). */
  async syncUntilQuiet(attempts = 20, sleep: (ms: number) => Promise<void> = pause): Promise<void> {
    const backoff = new Backoff();
    for (let attempt = 1; ; attempt++)
      try {
        return await this.sync();
      } catch (error) {
        if (attempt === attempts || !(error instanceof NoAnswer || error instanceof TryLater)) throw error;
        await sleep(backoff.next(error));
      }
  }

  /** Return what this device holds. */
  async dump(): Promise<Dump> {
    const { storage } = this.store;
    return storage.transaction(async () => ({
      token: await storage.readValue<string>("token"),
      buckets: (await storage.readValue<string[]>("buckets")) ?? [],
      rows: (await storage.allRows()).map((row) => ({
        ...row,
        until: row.until === null ? null : new Date(row.until).toISOString(),
      })),
      pending: (await storage.queuedOperations()).filter(({ answer }) => answer === null).map(({ op_id }) => op_id),
    }));
  }

  private exclusively(action: () => Promise<void>): Promise<void> {
    return this.lock("gridward-sync", action);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
