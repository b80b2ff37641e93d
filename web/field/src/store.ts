// The phone's IndexedDB: rows, operation queue, dead letters, media, positions and sync token (docs/mobile.md). Each writing
// function is one transaction, so that a crash leaves all of its changes or none.
import Dexie, { type Table } from "dexie";
import type { Schemas } from "../../src/api/http";

export type Data = Record<string, unknown> & { id: string };
export type Row = { entity: string; id: string; version: number | null; until: number | null; data: Data; buckets: string[] };
export type Operation = {
  op_id: string;
  device_seq: number;
  entity: string;
  op: string;
  id?: string;
  base_version?: number;
  patch?: Record<string, unknown>;
  base?: Record<string, unknown>;
  client_at: string;
  group?: string;
};

/** The result of an operation; the app makes some itself, with less in them. */
export type OperationResult = Pick<Schemas["OpResult"], "op_id" | "status" | "retryable"> & Partial<Schemas["OpResult"]>;

/** The case that an operation is about, as the worker saw it then; compared with the current case if the operation fails. */
export type IncidentSnapshot = { incident: string; saw: Record<string, unknown> };
export type QueuedOperation = { device_seq: number; op_id: string; op: Operation; answer: OperationResult | null; about?: IncidentSnapshot };
export type DeadLetter = { op_id: string; op: Operation; answer: OperationResult; at: string; about?: IncidentSnapshot };
export type PullPage = {
  token: string;
  complete: boolean;
  epoch: string;
  server_time: string;
  buckets: string[];
  drop_buckets?: string[];
  applied_device_seq?: number | null;
  rows: { bucket: string; entity: string; id: string; op: string; version?: number | null; until?: string | null; data?: unknown }[];
};

export type Owner = { username: string; account: string };

/** Why the worker received an offer, in both languages, as the server explained it. */
export type OfferExplanation = { assignment_id: string; zh: string; en: string; others: number };

/** A photo or a voice note. A draft is not sent yet. `upload`: URL of the upload that was started. */
export type MediaItem = {
  id: string;
  incident: string;
  kind: string;
  blob: Blob;
  sha256: string;
  taken_at: string;
  fix: { lon: number; lat: number } | null;
  refused: string | null;
  isDraft?: boolean;
  /** A queued feedback already names it. */
  isNamed?: boolean;
  upload?: string | null;
};

/** Position of the phone on duty. `at`: the phone's clock, primary key. */
export type Position = {
  at: string;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
};

/**
 * Counts of work that exists only on this phone. `refused`: photos that the server refused; `dead`: failed operations
 * that the worker has not seen.
 */
export type UnsentCounts = { unsent: number; refused: number; dead: number };
export const hasUnsentWork = (counts: UnsentCounts) => counts.unsent + counts.refused + counts.dead > 0;

const FINAL_STATUSES = new Set(["applied", "merged", "duplicate", "conflict", "rejected"]);

export class Store extends Dexie {
  held!: Table<{ key: string; value: unknown }, string>;
  row!: Table<Row, [string, string]>;
  page!: Table<{ number?: number; body: PullPage }, number>;
  queue!: Table<QueuedOperation, number>;
  dead!: Table<DeadLetter, string>;
  why!: Table<OfferExplanation, string>;
  photo!: Table<MediaItem, string>;
  position!: Table<Position, string>;

  constructor() {
    super("gridward-field");
    this.version(1).stores({ held: "key", row: "[entity+id], entity, *buckets", page: "++number", queue: "device_seq, op_id", dead: "op_id", why: "assignment_id", photo: "id, incident" });
    this.version(2).stores({ position: "at" });
  }

  async readValue<T>(key: string): Promise<T | null> {
    return ((await this.held.get(key))?.value as T | undefined) ?? null;
  }

  /** Store a value; null deletes it. */
  async writeValue(key: string, value: unknown): Promise<void> {
    if (value === null) await this.held.delete(key);
    else await this.held.put({ key, value });
  }

  /** Return the account that is signed in on this phone. */
  async currentAccount(): Promise<string | null> {
    return (await this.readValue<Owner>("session"))?.account ?? null;
  }

  /** Store the explanation of an offer, unless the worker has signed out meanwhile. */
  async storeExplanation(owner: string, why: OfferExplanation): Promise<void> {
    await this.transaction("rw", this.held, this.why, async () => {
      if ((await this.currentAccount()) === owner) await this.why.put(why);
    });
  }

  // Pulling

  /** Return the token for the next pull: that of the last staged page, or of the last checkpoint. */
  async nextPullToken(): Promise<string | null> {
    return (await this.readValue<string>("page_token")) ?? (await this.readValue<string>("token"));
  }

  /** Stage a page. Returns false if another page of this browser staged one meanwhile, or the worker signed out. */
  async stagePage(owner: string, askedWith: string | null, page: PullPage): Promise<boolean> {
    return this.transaction("rw", this.held, this.page, async () => {
      if ((await this.nextPullToken()) !== askedWith || (await this.currentAccount()) !== owner) return false;
      await this.page.add({ body: page });
      await this.writeValue("page_token", page.token);
      return true;
    });
  }

  async discardStagedPages(): Promise<void> {
    await this.transaction("rw", this.held, this.page, async () => {
      await this.page.clear();
      await this.writeValue("page_token", null);
    });
  }

  /** Apply the staged pages in one transaction: rows, buckets, token, and the operations that they cover. */
  async applyPages(): Promise<void> {
    await this.transaction("rw", [this.held, this.page, this.row, this.queue, this.why, this.dead], async () => {
      const pages = (await this.page.orderBy("number").toArray()).map((stored) => stored.body);
      const last = pages.at(-1);
      if (!last?.complete) return;
      for (const page of pages) {
        await this.dropBuckets(page.drop_buckets ?? []);
        await this.applyRows(page.rows);
      }
      // Dead letters that were resolved on this or another device.
      const settled = (await this.row.where({ entity: "dead_letter" }).toArray()).filter(({ data }) => data["resolved_at"]).map(({ id }) => id);
      await this.dead.filter(({ answer }) => settled.includes(String(answer.dead_letter))).delete();
      const currentBuckets = (await this.readValue<string[]>("buckets")) ?? [];
      await this.dropBuckets(currentBuckets.filter((bucket) => !last.buckets.includes(bucket)));
      // Rows expire by the server's clock: that of the phone may be years ahead.
      const serverTimeMs = Date.parse(last.server_time);
      await this.row.filter((row) => row.buckets.length === 0 || (row.until !== null && row.until <= serverTimeMs)).delete();
      await this.removeCoveredOperations(last.applied_device_seq ?? null);
      await this.writeValue("token", last.token);
      await this.writeValue("password_first", null); // the server answers only after the password was changed
      await this.writeValue("buckets", last.buckets);
      await this.writeValue("pulled_at", new Date().toISOString());
      await this.writeValue("skew_ms", Date.parse(last.server_time) - Date.now());
      const assignmentIds = new Set((await this.row.where({ entity: "assignment" }).toArray()).map((row) => row.id));
      await this.why.filter((why) => !assignmentIds.has(why.assignment_id)).delete();
      await this.discardStagedPages();
    });
  }

  private async dropBuckets(buckets: string[]): Promise<void> {
    if (buckets.length === 0) return;
    const gone = new Set(buckets);
    await this.row
      .where("buckets")
      .anyOf(buckets)
      .distinct()
      .modify((row: Row) => {
        row.buckets = row.buckets.filter((bucket) => !gone.has(bucket));
      });
  }

  private async applyRows(rows: PullPage["rows"]): Promise<void> {
    const keys = rows.map((row): [string, string] => [row.entity, row.id]);
    const rowsByKey = new Map<string, Row>();
    for (const row of await this.row.bulkGet(keys)) if (row) rowsByKey.set(`${row.entity} ${row.id}`, row);
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
    await this.row.bulkPut([...rowsByKey.values()]);
  }

  /** Remove operations that were answered and that the checkpoint covers: the rows contain them now. */
  private async removeCoveredOperations(applied: number | null): Promise<void> {
    if (applied === null) return;
    await this.queue.where("device_seq").belowOrEqual(applied).and((queued) => queued.answer !== null).delete();
    // A restored backup would count from too low a number.
    await this.writeValue("next_seq", Math.max((await this.readValue<number>("next_seq")) ?? 1, applied + 1));
  }

  /** Delete everything that came from the server, and the token; the worker's own operations stay. */
  async clearRows(): Promise<void> {
    await this.transaction("rw", [this.held, this.page, this.row, this.why], async () => {
      await Promise.all([this.row.clear(), this.why.clear(), this.discardStagedPages()]);
      for (const key of ["token", "buckets", "pulled_at"]) await this.writeValue(key, null);
    });
  }

  /**
   * Delete the data of the session of `owner`, which has ended; unsent work stays. `isRevoked`: the device was revoked, for example
   * because it was lost; then photos and drafts are deleted too. Returns false, and deletes nothing, if another account is signed in now.
   */
  async endSession(owner: string, isRevoked: boolean): Promise<boolean> {
    return this.transaction("rw", [this.held, this.page, this.row, this.why, this.queue, this.dead, this.photo, this.position], async () => {
      if ((await this.currentAccount()) !== owner) return false;
      await this.clearRows();
      for (const key of ["session", "password_first", "last_position"]) await this.writeValue(key, null);
      await this.dead.filter((letter) => !!letter.answer.dead_letter).delete();
      await this.queue.filter((queued) => queued.answer !== null).delete();
      // Positions are not the worker's work: a revoked phone keeps none.
      await this.position.clear();
      // Snapshots of cases are data of the server.
      await this.queue.toCollection().modify((queued) => void delete queued.about);
      await this.photo.filter((photo) => isRevoked || photo.refused !== null).delete();
      if (isRevoked) await this.held.where("key").startsWith("draft ").delete();
      return true;
    });
  }

  // The queue

  /** Queue operations that belong together; each gets the next sequence number of this device. */
  async enqueue(ops: Omit<Operation, "device_seq">[], about: (IncidentSnapshot | undefined)[] = []): Promise<void> {
    await this.transaction("rw", this.held, this.queue, async () => {
      const following = (await this.readValue<number>("next_seq")) ?? 1;
      await this.queue.bulkAdd(
        ops.map((op, n) => {
          const snapshot = about[n];
          return { device_seq: following + n, op_id: op.op_id, op: { ...op, device_seq: following + n }, answer: null, ...(snapshot ? { about: snapshot } : {}) };
        }),
      );
      await this.writeValue("next_seq", following + ops.length);
    });
  }

  /**
   * Return the oldest operations without a final answer, in order. An emergency call comes first and alone; a group is
   * not split.
   */
  async waitingOperations(limit: number): Promise<Operation[]> {
    const all = (await this.queue.orderBy("device_seq").toArray()).filter((queued) => queued.answer === null).map((queued) => queued.op);
    const emergencyCall = all.find((op) => op.entity === "sos");
    if (emergencyCall) return [emergencyCall];
    const batch = all.slice(0, limit);
    const nextGroup = all[limit]?.group;
    if (nextGroup === undefined || batch.at(-1)?.group !== nextGroup) return batch;
    const complete = batch.filter((op) => op.group !== nextGroup);
    return complete.length > 0 ? complete : all.filter((op) => op.group === nextGroup);
  }

  /** Store the server's final results. Retryable and unknown results keep waiting. */
  async storeResults(answers: OperationResult[]): Promise<number> {
    return this.transaction("rw", this.queue, this.dead, async () => {
      let settled = 0;
      for (const answer of answers) {
        if (answer.retryable || !FINAL_STATUSES.has(answer.status ?? "")) continue;
        const queued = await this.queue.where("op_id").equals(String(answer.op_id)).first();
        if (!queued || queued.answer !== null) continue;
        await this.queue.put({ ...queued, answer });
        settled += 1;
        if (answer.status === "conflict" || answer.status === "rejected")
          await this.dead.put({ op_id: queued.op_id, op: queued.op, answer, at: new Date().toISOString(), ...(queued.about ? { about: queued.about } : {}) });
      }
      return settled;
    });
  }

  /** Delete an operation that has not been answered. */
  async cancelOperation(op_id: string): Promise<void> {
    await this.queue.where({ op_id }).and((queued) => queued.answer === null).delete();
  }

  /** Release the draft media of these cases for upload. */
  async releaseDrafts(incidents: string[]): Promise<void> {
    await this.photo.where("incident").anyOf(incidents).modify({ isDraft: false });
  }

  /** The upload ended on the server before it was complete: start again under a new id. */
  async restartUpload(id: string, newId: string): Promise<void> {
    await this.transaction("rw", this.photo, async () => {
      const photo = await this.photo.get(id);
      if (!photo) return;
      await this.photo.delete(id);
      await this.photo.add({ ...photo, id: newId, upload: null });
    });
  }

  async unsentWork(): Promise<UnsentCounts> {
    return this.transaction("r", [this.photo, this.queue, this.dead], async () => {
      const photos = await this.photo.toArray();
      const refused = photos.filter((photo) => photo.refused !== null).length;
      const waiting = await this.queue.filter((queued) => queued.answer === null).count();
      return { unsent: waiting + photos.length - refused, refused, dead: await this.dead.count() };
    });
  }

  /**
   * Store the values of the new session. `clearAll`: delete everything except the language, as at sign-out. Tables are
   * cleared and not dropped, as other pages have them open.
   */
  async startSession(values: Record<string, unknown>, clearAll: boolean): Promise<void> {
    await this.transaction("rw", this.tables, async () => {
      const language = await this.readValue("language");
      if (clearAll) for (const table of this.tables) await table.clear();
      await this.writeValue("language", language);
      await this.writeValue("password_first", null);
      for (const [key, value] of Object.entries(values)) await this.writeValue(key, value);
    });
  }
}
