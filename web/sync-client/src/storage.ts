// What the client needs of its surroundings: a place for its data, a connection, a clock and a lock.
import type { DeadLetter, PullPage, QueuedOperation, Row, RowKey, UnsentCounts } from "./protocol.js";

/**
 * A place for rows, queue, dead letters, staged pages and small values. Each method inside `transaction` belongs to that
 * transaction, which takes effect as a whole or not at all. The client does not nest transactions.
 */
export interface SyncStorage {
  transaction<T>(action: () => Promise<T>): Promise<T>;

  readValue<T>(key: string): Promise<T | null>;
  /** Store a value; null deletes it. */
  writeValue(key: string, value: unknown): Promise<void>;

  stagedPages(): Promise<PullPage[]>;
  addStagedPage(page: PullPage): Promise<void>;
  clearStagedPages(): Promise<void>;

  /** Return the rows with these keys that exist. */
  rowsByKeys(keys: RowKey[]): Promise<Row[]>;
  rowsOf(entity: string): Promise<Row[]>;
  rowsInBuckets(buckets: string[]): Promise<Row[]>;
  allRows(): Promise<Row[]>;
  putRows(rows: Row[]): Promise<void>;
  deleteRowsWhere(isGone: (row: Row) => boolean): Promise<void>;

  /** Return the queue in the order of `device_seq`. */
  queuedOperations(): Promise<QueuedOperation[]>;
  /** Add an operation. Rejects if another one has its `device_seq`. */
  addOperation(operation: QueuedOperation): Promise<void>;
  putOperations(operations: QueuedOperation[]): Promise<void>;
  deleteOperationsWhere(isGone: (queued: QueuedOperation) => boolean): Promise<void>;

  deadLetters(): Promise<DeadLetter[]>;
  putDeadLetter(letter: DeadLetter): Promise<void>;
  deleteDeadLettersWhere(isGone: (letter: DeadLetter) => boolean): Promise<void>;

  /** Delete everything. */
  clear(): Promise<void>;
}

/** Requests in the session of one account. They reject with the errors of errors.ts. */
export interface Connection {
  /** Account that the session must belong to. */
  account: string | null;
  /** Sign in and return the account id. */
  signIn(username: string, password: string, deviceKey: string): Promise<string>;
  signOut(): Promise<void>;
  /** Forget the session in memory. */
  forget(): void;
  /** Values that are stored with a new session and deleted with its end. */
  sessionValues?(): Record<string, unknown>;
  get<T>(path: string, query?: Record<string, string>): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
}

/** `now`: ms since 1970. */
export type Clock = { now(): number };

/** Run an action while no other holder of the same name runs, in all processes that share the storage. */
export type Lock = <T>(name: string, action: () => Promise<T>) => Promise<T>;

/** Data of the application that live and end with the synced data. Each function runs in the transaction of the step. */
export interface Extension {
  afterCheckpoint?(): Promise<void>;
  /** An operation has its final answer. */
  onAnswer?(answered: QueuedOperation): Promise<void>;
  onRowsCleared?(): Promise<void>;
  /** The session of this device has ended. `isRevoked`: somebody ended it, for example because the device was lost. */
  onSessionEnd?(isRevoked: boolean): Promise<void>;
  /** Values that stay when everything is deleted. */
  lastingKeys?: string[];
  /** Unsent work of the application itself, such as photos. */
  unsentWork?(): Promise<Pick<UnsentCounts, "unsent" | "refused">>;
}

/** Return a lock for one process. */
export function processLock(): Lock {
  const last = new Map<string, Promise<unknown>>();
  return async (name, action) => {
    const before = last.get(name) ?? Promise.resolve();
    const run = before.catch(() => undefined).then(action);
    last.set(
      name,
      run.catch(() => undefined),
    );
    return run;
  };
}
