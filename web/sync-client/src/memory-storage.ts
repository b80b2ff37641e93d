// A storage in memory: for Node, tests and tools. Transactions run one after another; a failed one leaves nothing.
import type { DeadLetter, PullPage, QueuedOperation, Row, RowKey } from "./protocol.js";
import { processLock, type SyncStorage } from "./storage.js";

type Contents = {
  values: Map<string, unknown>;
  pages: PullPage[];
  rows: Map<string, Row>;
  queue: Map<number, QueuedOperation>;
  dead: Map<string, DeadLetter>;
};

const empty = (): Contents => ({ values: new Map(), pages: [], rows: new Map(), queue: new Map(), dead: new Map() });
const keyOf = (entity: string, id: string) => `${entity} ${id}`;

export class MemoryStorage implements SyncStorage {
  private contents = empty();
  private readonly lock = processLock();

  async transaction<T>(action: () => Promise<T>): Promise<T> {
    return this.lock("transaction", async () => {
      const before = structuredClone(this.contents);
      try {
        return await action();
      } catch (error) {
        this.contents = before;
        throw error;
      }
    });
  }

  async readValue<T>(key: string): Promise<T | null> {
    return (this.contents.values.get(key) as T | undefined) ?? null;
  }

  async writeValue(key: string, value: unknown): Promise<void> {
    if (value === null) this.contents.values.delete(key);
    else this.contents.values.set(key, structuredClone(value));
  }

  async stagedPages(): Promise<PullPage[]> {
    return this.contents.pages;
  }

  async addStagedPage(page: PullPage): Promise<void> {
    this.contents.pages.push(page);
  }

  async clearStagedPages(): Promise<void> {
    this.contents.pages = [];
  }

  async rowsByKeys(keys: RowKey[]): Promise<Row[]> {
    return keys.flatMap(([entity, id]) => structuredClone(this.contents.rows.get(keyOf(entity, id))) ?? []);
  }

  async rowsOf(entity: string): Promise<Row[]> {
    return this.rowsWhere((row) => row.entity === entity);
  }

  async rowsInBuckets(buckets: string[]): Promise<Row[]> {
    return this.rowsWhere((row) => row.buckets.some((bucket) => buckets.includes(bucket)));
  }

  async allRows(): Promise<Row[]> {
    return this.rowsWhere(() => true);
  }

  async putRows(rows: Row[]): Promise<void> {
    for (const row of rows) this.contents.rows.set(keyOf(row.entity, row.id), structuredClone(row));
  }

  async deleteRowsWhere(isGone: (row: Row) => boolean): Promise<void> {
    deleteWhere(this.contents.rows, isGone);
  }

  async queuedOperations(): Promise<QueuedOperation[]> {
    return structuredClone([...this.contents.queue.values()].sort((a, b) => a.device_seq - b.device_seq));
  }

  async addOperation(operation: QueuedOperation): Promise<void> {
    if (this.contents.queue.has(operation.device_seq))
      throw new Error(`device_seq ${operation.device_seq} is in the queue`);
    await this.putOperations([operation]);
  }

  async putOperations(operations: QueuedOperation[]): Promise<void> {
    for (const queued of operations) this.contents.queue.set(queued.device_seq, structuredClone(queued));
  }

  async deleteOperationsWhere(isGone: (queued: QueuedOperation) => boolean): Promise<void> {
    deleteWhere(this.contents.queue, isGone);
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return structuredClone([...this.contents.dead.values()]);
  }

  async putDeadLetter(letter: DeadLetter): Promise<void> {
    this.contents.dead.set(letter.op_id, structuredClone(letter));
  }

  async deleteDeadLettersWhere(isGone: (letter: DeadLetter) => boolean): Promise<void> {
    deleteWhere(this.contents.dead, isGone);
  }

  async clear(): Promise<void> {
    this.contents = empty();
  }

  private rowsWhere(isWanted: (row: Row) => boolean): Row[] {
    return structuredClone([...this.contents.rows.values()].filter(isWanted));
  }
}

function deleteWhere<K, V>(map: Map<K, V>, isGone: (value: V) => boolean): void {
  for (const [key, value] of map) if (isGone(value)) map.delete(key);
}
