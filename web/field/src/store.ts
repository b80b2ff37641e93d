// What a phone holds, in IndexedDB: rows, the queue, dead letters and the token (docs/mobile.md). Every function that writes is
// one transaction, so that a phone that dies in the middle has all of it or nothing.
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

export type OperationResult = Schemas["OpResult"];

/** The case that an act is about, as she saw it then: what is shown beside it if it does not take effect. */
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

/** Why somebody is asked, in both languages, as the server explained it. */
export type OfferExplanation = { assignment_id: string; zh: string; en: string; others: number };

/** A photo or a voice note. A draft is not sent yet; `upload` is where its upload was begun. */
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
  /** A feedback names it already. */
  isNamed?: boolean;
  upload?: string | null;
};

/** Where the phone was, on duty; `at` is the phone's clock and the key. */
export type Position = {
  at: string;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
};

/** What is on this phone and nowhere else. `refused`: photos that the server did not take; `dead`: what did not take effect and she has not seen to. */
export type UnsentCounts = { unsent: number; refused: number; dead: number };
export const hasUnsentWork = (stake: UnsentCounts) => stake.unsent + stake.refused + stake.dead > 0;

const FINAL = new Set(["applied", "merged", "duplicate", "conflict", "rejected"]);

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

  /** Keep a value; null forgets. */
  async writeValue(key: string, value: unknown): Promise<void> {
    if (value === null) await this.held.delete(key);
    else await this.held.put({ key, value });
  }

  /** Whose phone it is now. */
  async currentAccount(): Promise<string | null> {
    return (await this.readValue<Owner>("session"))?.account ?? null;
  }

  /** Keep why she is asked, unless she has signed out meanwhile. */
  async storeExplanation(owner: string, why: OfferExplanation): Promise<void> {
    await this.transaction("rw", this.held, this.why, async () => {
      if ((await this.currentAccount()) === owner) await this.why.put(why);
    });
  }

  // Pulling

  /** What the next pull asks with: the token of the last page put aside, or of the last checkpoint. */
  async nextPullToken(): Promise<string | null> {
    return (await this.readValue<string>("page_token")) ?? (await this.readValue<string>("token"));
  }

  /** Put a page aside; false if since it was asked for another page of this browser has gone on, or somebody has signed out. */
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

  /** Make the pages put aside the truth: rows, buckets, token and what they cover of the queue, all at once. */
  async applyPages(): Promise<void> {
    await this.transaction("rw", [this.held, this.page, this.row, this.queue, this.why, this.dead], async () => {
      const pages = (await this.page.orderBy("number").toArray()).map((stored) => stored.body);
      const last = pages.at(-1);
      if (!last?.complete) return;
      for (const page of pages) {
        await this.dropBuckets(page.drop_buckets ?? []);
        await this.applyRows(page.rows);
      }
      // What somebody has settled, here or elsewhere.
      const settled = (await this.row.where({ entity: "dead_letter" }).toArray()).filter(({ data }) => data["resolved_at"]).map(({ id }) => id);
      await this.dead.filter(({ answer }) => settled.includes(String(answer.dead_letter))).delete();
      const currentBuckets = (await this.readValue<string[]>("buckets")) ?? [];
      await this.dropBuckets(currentBuckets.filter((bucket) => !last.buckets.includes(bucket)));
      // Whose time is over goes by the server's clock: the phone's may be years ahead.
      const serverTimeMs = Date.parse(last.server_time);
      await this.row.filter((row) => row.buckets.length === 0 || (row.until !== null && row.until <= serverTimeMs)).delete();
      await this.removeCoveredOperations(last.applied_device_seq ?? null);
      await this.writeValue("token", last.token);
      await this.writeValue("password_first", null); // whoever is answered has changed it
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

  /** Answered operations that the checkpoint contains are done: the rows show them now. */
  private async removeCoveredOperations(applied: number | null): Promise<void> {
    if (applied === null) return;
    await this.queue.where("device_seq").belowOrEqual(applied).and((queued) => queued.answer !== null).delete();
    // A copy of an old backup would count from too low.
    await this.writeValue("next_seq", Math.max((await this.readValue<number>("next_seq")) ?? 1, applied + 1));
  }

  /** All that came from the server, and the token; what the worker did stays. */
  async clearRows(): Promise<void> {
    await this.transaction("rw", [this.held, this.page, this.row, this.why], async () => {
      await Promise.all([this.row.clear(), this.why.clear(), this.discardStagedPages()]);
      for (const key of ["token", "buckets", "pulled_at"]) await this.writeValue(key, null);
    });
  }

  /**
   * The session of `owner` is over: what the server has, it has. `isRevoked`: somebody ended it, as of a phone that is lost; pictures
   * go too. False, and nothing is forgotten, where somebody else is signed in by now.
   */
  async endSession(owner: string, isRevoked: boolean): Promise<boolean> {
    return this.transaction("rw", [this.held, this.page, this.row, this.why, this.queue, this.dead, this.photo, this.position], async () => {
      if ((await this.currentAccount()) !== owner) return false;
      await this.clearRows();
      for (const key of ["session", "password_first", "last_position"]) await this.writeValue(key, null);
      await this.dead.filter((letter) => !!letter.answer.dead_letter).delete();
      await this.queue.filter((queued) => queued.answer !== null).delete();
      // Where she was is not her work: a phone that is cut off keeps none of it.
      await this.position.clear();
      // What she saw of cases is not hers to keep.
      await this.queue.toCollection().modify((queued) => void delete queued.about);
      await this.photo.filter((photo) => isRevoked || photo.refused !== null).delete();
      if (isRevoked) await this.held.where("key").startsWith("draft ").delete();
      return true;
    });
  }

  // The queue

  /** Queue operations that belong together; each gets its place in the order of this device. */
  async enqueue(ops: Omit<Operation, "device_seq">[], about: (IncidentSnapshot | undefined)[] = []): Promise<void> {
    await this.transaction("rw", this.held, this.queue, async () => {
      const following = (await this.readValue<number>("next_seq")) ?? 1;
      await this.queue.bulkAdd(
        ops.map((op, n) => {
          const seen = about[n];
          return { device_seq: following + n, op_id: op.op_id, op: { ...op, device_seq: following + n }, answer: null, ...(seen ? { about: seen } : {}) };
        }),
      );
      await this.writeValue("next_seq", following + ops.length);
    });
  }

  /** The oldest operations without a final answer, in order. A call for help goes first, and alone; a group is not parted. */
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

  /** Keep the server's final answers. What is to be sent again, and what is not understood, keeps waiting. */
  async storeResults(answers: OperationResult[]): Promise<number> {
    return this.transaction("rw", this.queue, this.dead, async () => {
      let settled = 0;
      for (const answer of answers) {
        if (answer.retryable || !FINAL.has(answer.status ?? "")) continue;
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

  /** Forget an operation that has not been answered: she does not want it any more. */
  async cancelOperation(op_id: string): Promise<void> {
    await this.queue.where({ op_id }).and((queued) => queued.answer === null).delete();
  }

  /** What she recorded of these cases goes out from now on. */
  async releaseDrafts(incidents: string[]): Promise<void> {
    await this.photo.where("incident").anyOf(incidents).modify({ isDraft: false });
  }

  /** The upload of a photo has ended on the server before all of it had come: under another id it begins anew. */
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

  /** Keep these of who has signed in. `anew`: nothing of before stays but the language, as with who signs out. The tables do: other pages have them open. */
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
