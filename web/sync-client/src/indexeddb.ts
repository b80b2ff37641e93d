// A storage in the IndexedDB of a browser, by Dexie. Open pages of one origin share it.
import { Dexie, type Table } from "dexie";
import type { DeadLetter, OperationResult, PullPage, QueuedOperation, Row, RowKey } from "./protocol.js";
import type { SyncStorage } from "./storage.js";

/** Tables of the client. An application may add its own. `About` and `Result`: types of what the queue stores. */
export class SyncDatabase<About = unknown, Result extends OperationResult = OperationResult> extends Dexie {
  held!: Table<{ key: string; value: unknown }, string>;
  row!: Table<Row, RowKey>;
  page!: Table<{ number?: number; body: PullPage }, number>;
  queue!: Table<QueuedOperation<About, Result>, number>;
  dead!: Table<DeadLetter<About, Result>, string>;

  async readValue<T>(key: string): Promise<T | null> {
    return ((await this.held.get(key))?.value as T | undefined) ?? null;
  }

  /** Store a value; null deletes it. */
  async writeValue(key: string, value: unknown): Promise<void> {
    if (value === null) await this.held.delete(key);
    else await this.held.put({ key, value });
  }
}

/** Indexes of the tables of the client. */
export const SYNC_TABLES = {
  held: "key",
  row: "[entity+id], entity, *buckets",
  page: "++number",
  queue: "device_seq, op_id",
  dead: "op_id",
};

export class IndexedDbStorage implements SyncStorage {
  // Tables are invariant in what they store; the client does not look into it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  constructor(private readonly database: SyncDatabase<any, any>) {}

  transaction<T>(action: () => Promise<T>): Promise<T> {
    return this.database.transaction("rw", this.database.tables, action);
  }

  readValue<T>(key: string): Promise<T | null> {
    return this.database.readValue(key);
  }

  writeValue(key: string, value: unknown): Promise<void> {
    return this.database.writeValue(key, value);
  }

  async stagedPages(): Promise<PullPage[]> {
    return (await this.database.page.orderBy("number").toArray()).map((stored) => stored.body);
  }

  async addStagedPage(page: PullPage): Promise<void> {
    await this.database.page.add({ body: page });
  }

  async clearStagedPages(): Promise<void> {
    await this.database.page.clear();
  }

  async rowsByKeys(keys: RowKey[]): Promise<Row[]> {
    return (await this.database.row.bulkGet(keys)).flatMap((row) => row ?? []);
  }

  rowsOf(entity: string): Promise<Row[]> {
    return this.database.row.where({ entity }).toArray();
  }

  rowsInBuckets(buckets: string[]): Promise<Row[]> {
    return this.database.row.where("buckets").anyOf(buckets).distinct().toArray();
  }

  allRows(): Promise<Row[]> {
    return this.database.row.toArray();
  }

  async putRows(rows: Row[]): Promise<void> {
    await this.database.row.bulkPut(rows);
  }

  async deleteRowsWhere(isGone: (row: Row) => boolean): Promise<void> {
    await this.database.row.filter(isGone).delete();
  }

  queuedOperations(): Promise<QueuedOperation[]> {
    return this.database.queue.orderBy("device_seq").toArray();
  }

  async addOperation(operation: QueuedOperation): Promise<void> {
    await this.database.queue.add(operation);
  }

  async putOperations(operations: QueuedOperation[]): Promise<void> {
    await this.database.queue.bulkPut(operations);
  }

  async deleteOperationsWhere(isGone: (queued: QueuedOperation) => boolean): Promise<void> {
    await this.database.queue.filter(isGone).delete();
  }

  deadLetters(): Promise<DeadLetter[]> {
    return this.database.dead.toArray();
  }

  async putDeadLetter(letter: DeadLetter): Promise<void> {
    await this.database.dead.put(letter);
  }

  async deleteDeadLettersWhere(isGone: (letter: DeadLetter) => boolean): Promise<void> {
    await this.database.dead.filter(isGone).delete();
  }

  /** Clear all tables. They are not dropped, as other pages have them open. */
  async clear(): Promise<void> {
    for (const table of this.database.tables) await table.clear();
  }
}
