// What a device holds: rows, operation queue, dead letters and sync token. Each writing function is one transaction, so that
// a crash leaves all of its changes or none.
import { serverNow, shown } from "./overlay.js";
import type {
  Data,
  Operation,
  OperationRequest,
  OperationResult,
  Owner,
  PullPage,
  Row,
  RowKey,
  UnsentCounts,
} from "./protocol.js";
import type { Clock, Extension, SyncStorage } from "./storage.js";
import { uuid7 } from "./uuid7.js";

const FINAL_STATUSES = new Set(["applied", "merged", "duplicate", "conflict", "rejected"]);

export class SyncStore {
  constructor(
    readonly storage: SyncStorage,
    private readonly clock: Clock,
    private readonly extension: Extension,
  ) {}

  /** Return the account that is signed in on this device. */
  async currentAccount(): Promise<string | null> {
    return (await this.storage.readValue<Owner>("session"))?.account ?? null;
  }

  // Pulling

  /** Return the token for the next pull: that of the last staged page, or of the last checkpoint. */
  async nextPullToken(): Promise<string | null> {
    return (await this.storage.readValue<string>("page_token")) ?? (await this.storage.readValue<string>("token"));
  }

  /** Stage a page. Returns false if another process of this device staged one meanwhile, or the user signed out. */
  async stagePage(owner: string, askedWith: string | null, page: PullPage): Promise<boolean> {
    return this.storage.transaction(async () => {
      if ((await this.nextPullToken()) !== askedWith || (await this.currentAccount()) !== owner) return false;
      await this.storage.addStagedPage(page);
      await this.storage.writeValue("page_token", page.token);
      return true;
    });
  }

  async discardStagedPages(): Promise<void> {
    await this.storage.transaction(() => this.clearPages());
  }

  /** Apply the staged pages in one transaction: rows, buckets, token, and the operations that they cover. */
  async applyPages(): Promise<void> {
    await this.storage.transaction(async () => {
      const pages = await this.storage.stagedPages();
      const last = pages.at(-1);
      if (!last?.complete) return;
      for (const page of pages) {
        await this.dropBuckets(page.drop_buckets ?? []);
        await this.applyRows(page.rows);
      }
      // Dead letters that were resolved on this or another device.
      const settled = (await this.storage.rowsOf("dead_letter"))
        .filter(({ data }) => data["resolved_at"])
        .map(({ id }) => id);
      await this.storage.deleteDeadLettersWhere(({ answer }) => settled.includes(String(answer.dead_letter)));
      const currentBuckets = (await this.storage.readValue<string[]>("buckets")) ?? [];
      await this.dropBuckets(currentBuckets.filter((bucket) => !last.buckets.includes(bucket)));
      // Rows expire by the server's clock: that of the device may be years ahead.
      const serverTimeMs = Date.parse(last.server_time);
      await this.storage.deleteRowsWhere(
        (row) => row.buckets.length === 0 || (row.until !== null && row.until <= serverTimeMs),
      );
      await this.removeCoveredOperations(last.applied_device_seq ?? null);
      await this.storage.writeValue("token", last.token);
      await this.storage.writeValue("password_first", null); // the server answers only after the password was changed
      await this.storage.writeValue("buckets", last.buckets);
      await this.storage.writeValue("pulled_at", new Date(this.clock.now()).toISOString());
      await this.storage.writeValue("skew_ms", Date.parse(last.server_time) - this.clock.now());
      await this.extension.afterCheckpoint?.();
      await this.clearPages();
    });
  }

  private async clearPages(): Promise<void> {
    await this.storage.clearStagedPages();
    await this.storage.writeValue("page_token", null);
  }

  private async dropBuckets(buckets: string[]): Promise<void> {
    if (buckets.length === 0) return;
    const gone = new Set(buckets);
    const rows = await this.storage.rowsInBuckets(buckets);
    await this.storage.putRows(
      rows.map((row) => ({ ...row, buckets: row.buckets.filter((bucket) => !gone.has(bucket)) })),
    );
  }

  private async applyRows(rows: PullPage["rows"]): Promise<void> {
    const keys = rows.map((row): RowKey => [row.entity, row.id]);
    const rowsByKey = new Map<string, Row>();
    for (const row of await this.storage.rowsByKeys(keys)) rowsByKey.set(`${row.entity} ${row.id}`, row);
    for (const row of rows) {
      const name = `${row.entity} ${row.id}`;
      const before = rowsByKey.get(name);
      const buckets = new Set(before?.buckets ?? []);
      if (row.op === "R") {
        buckets.delete(row.bucket);
        if (before) before.buckets = [...buckets];
        continue;
      }
      buckets.add(row.bucket);
      rowsByKey.set(name, {
        entity: row.entity,
        id: row.id,
        version: row.version ?? null,
        until: row.until ? Date.parse(row.until) : null,
        data: row.data as Data,
        buckets: [...buckets],
      });
    }
    await this.storage.putRows([...rowsByKey.values()]);
  }

  /** Remove operations that were answered and that the checkpoint covers: the rows contain them now. */
  private async removeCoveredOperations(applied: number | null): Promise<void> {
    if (applied === null) return;
    await this.storage.deleteOperationsWhere((queued) => queued.device_seq <= applied && queued.answer !== null);
    // A restored backup would count from too low a number.
    await this.storage.writeValue(
      "next_seq",
      Math.max((await this.storage.readValue<number>("next_seq")) ?? 1, applied + 1),
    );
  }

  /** Delete everything that came from the server, and the token; the user's own operations stay. */
  async clearRows(): Promise<void> {
    await this.storage.transaction(() => this.deleteRows());
  }

  private async deleteRows(): Promise<void> {
    await this.storage.deleteRowsWhere(() => true);
    await this.clearPages();
    for (const key of ["token", "buckets", "pulled_at"]) await this.storage.writeValue(key, null);
    await this.extension.onRowsCleared?.();
  }

  // The session

  /**
   * Store the values of the new session. `clearAll`: delete everything except what lasts, as at sign-out.
   */
  async startSession(values: Record<string, unknown>, clearAll: boolean): Promise<void> {
    await this.storage.transaction(async () => {
      const lasting: Record<string, unknown> = {};
      for (const key of this.extension.lastingKeys ?? []) lasting[key] = await this.storage.readValue(key);
      if (clearAll) await this.storage.clear();
      for (const [key, value] of Object.entries({ ...lasting, password_first: null, ...values }))
        await this.storage.writeValue(key, value);
    });
  }

  /**
   * Delete the data of the session of `owner`, which has ended; unsent work stays. `isRevoked`: somebody ended the session, for
   * example because the device was lost. Returns false, and deletes nothing, if another account is signed in now.
   */
  async endSession(owner: string, isRevoked: boolean, sessionKeys: string[] = []): Promise<boolean> {
    return this.storage.transaction(async () => {
      if ((await this.currentAccount()) !== owner) return false;
      await this.deleteRows();
      for (const key of ["session", "password_first", ...sessionKeys]) await this.storage.writeValue(key, null);
      await this.storage.deleteDeadLettersWhere((letter) => !!letter.answer.dead_letter);
      await this.storage.deleteOperationsWhere((queued) => queued.answer !== null);
      // What the application stored with an operation may be data of the server.
      const queue = await this.storage.queuedOperations();
      await this.storage.putOperations(queue.map(({ about: _, ...queued }) => queued));
      await this.extension.onSessionEnd?.(isRevoked);
      return true;
    });
  }

  // The queue

  /**
   * Queue operations that belong together; each gets the next sequence number of this device. Several operations form a group,
   * which takes effect as a whole or not at all. `about`: what to store with each operation.
   */
  async enqueue(
    requests: OperationRequest[],
    about: (request: OperationRequest & { id: string }, row: Row | undefined) => Promise<unknown>,
  ): Promise<Operation[]> {
    const client_at = new Date(this.clock.now()).toISOString();
    const group = requests.length > 1 ? { group: uuid7(this.clock.now()) } : {};
    return this.storage.transaction(async () => {
      const following = (await this.storage.readValue<number>("next_seq")) ?? 1;
      const ops: Operation[] = [];
      for (const [n, request] of requests.entries()) {
        const { entity, op, patch } = request;
        const id = request.id ?? uuid7(this.clock.now());
        const row = (await this.storage.rowsByKeys([[entity, id]]))[0];
        const operation: Operation = {
          op_id: uuid7(this.clock.now()),
          device_seq: following + n,
          entity,
          op,
          client_at,
          ...(entity === "duty" ? {} : { id }),
          ...(patch ? { patch } : {}),
          ...(row?.version != null ? { base_version: row.version } : {}),
          ...(op === "patch" ? { base: await this.baseOf(entity, id, patch ?? {}, row) } : {}),
          ...group,
        };
        const stored = await about({ ...request, id }, row);
        const { device_seq, op_id } = operation;
        await this.storage.addOperation({
          device_seq,
          op_id,
          op: operation,
          answer: null,
          ...(stored === undefined ? {} : { about: stored }),
        });
        ops.push(operation);
      }
      await this.storage.writeValue("next_seq", following + ops.length);
      return ops;
    });
  }

  /** Return what the user saw in the fields of `patch`: the row with the user's own changes that are not in it yet. */
  private async baseOf(
    entity: string,
    id: string,
    patch: Record<string, unknown>,
    row: Row | undefined,
  ): Promise<Record<string, unknown>> {
    const seen = shown(entity, row ? [row] : [], await this.storage.queuedOperations()).get(id) ?? {};
    return Object.fromEntries(
      Object.keys(patch).flatMap((name) => (name in seen ? [[name, seen[name as keyof typeof seen]]] : [])),
    );
  }

  /**
   * Return the oldest operations without a final answer, in order. An emergency call comes first and alone; a group is
   * not split.
   */
  async waitingOperations(limit: number): Promise<Operation[]> {
    const all = (await this.storage.queuedOperations())
      .filter((queued) => queued.answer === null)
      .map((queued) => queued.op);
    const emergencyCall = all.find((op) => op.entity === "sos");
    if (emergencyCall) return [emergencyCall];
    const batch = all.slice(0, limit);
    const nextGroup = all[limit]?.group;
    if (nextGroup === undefined || batch.at(-1)?.group !== nextGroup) return batch;
    const complete = batch.filter((op) => op.group !== nextGroup);
    return complete.length > 0 ? complete : all.filter((op) => op.group === nextGroup);
  }

  /** Store the server's final results, and return how many there were. Retryable and unknown results keep waiting. */
  async storeResults(answers: OperationResult[]): Promise<number> {
    return this.storage.transaction(async () => {
      const waiting = new Map(
        (await this.storage.queuedOperations())
          .filter(({ answer }) => answer === null)
          .map((queued) => [queued.op_id, queued]),
      );
      let settled = 0;
      for (const answer of answers) {
        const queued = waiting.get(String(answer.op_id));
        if (!queued || answer.retryable || !FINAL_STATUSES.has(answer.status ?? "")) continue;
        waiting.delete(queued.op_id);
        await this.storage.putOperations([{ ...queued, answer }]);
        await this.extension.onAnswer?.({ ...queued, answer });
        settled += 1;
        if (answer.status === "conflict" || answer.status === "rejected") {
          const { op_id, op, about } = queued;
          await this.storage.putDeadLetter({
            op_id,
            op,
            answer,
            at: new Date(this.clock.now()).toISOString(),
            ...(about === undefined ? {} : { about }),
          });
        }
      }
      return settled;
    });
  }

  /** Delete an operation that has not been answered. */
  async cancelOperation(op_id: string): Promise<void> {
    await this.storage.transaction(() =>
      this.storage.deleteOperationsWhere((queued) => queued.op_id === op_id && queued.answer === null),
    );
  }

  async unsentWork(): Promise<UnsentCounts> {
    const own = (await this.extension.unsentWork?.()) ?? { unsent: 0, refused: 0 };
    const waiting = (await this.storage.queuedOperations()).filter((queued) => queued.answer === null).length;
    return { unsent: waiting + own.unsent, refused: own.refused, dead: (await this.storage.deadLetters()).length };
  }

  /** Return what the user sees of an entity, by id: the rows with the queue laid over them. */
  async view(entity: string): Promise<Map<string, Data>> {
    return this.storage.transaction(async () => {
      const now = serverNow(this.clock.now(), (await this.storage.readValue<number>("skew_ms")) ?? 0);
      const rows = (await this.storage.rowsOf(entity)).filter((row) => row.until === null || row.until > now);
      return shown(entity, rows, await this.storage.queuedOperations());
    });
  }
}
