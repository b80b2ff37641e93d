// What a device holds: checkpoints of the sync client in memory and in IndexedDB, and the field app's own tables.
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MediaItem, Store } from "../field/src/store";
import { IndexedDbStorage } from "../sync-client/src/indexeddb";
import { MemoryStorage } from "../sync-client/src/memory-storage";
import type { PullPage } from "../sync-client/src/protocol";
import type { SyncStorage } from "../sync-client/src/storage";
import { SyncStore } from "../sync-client/src/sync-store";

const NOW = Date.parse("2026-11-29T08:00:00Z");
const OWNER = "account-1";
type PageRow = PullPage["rows"][number];

const upsert = (id: string, bucket: string, data: Record<string, unknown> = {}, until?: string): PageRow => ({
  entity: "incident",
  id,
  bucket,
  op: "U",
  version: 1,
  data: { id, ...data },
  ...(until ? { until } : {}),
});
const removal = (id: string, bucket: string): PageRow => ({ entity: "incident", id, bucket, op: "R" });
const page = (token: string, rows: PageRow[], change: Partial<PullPage> = {}): PullPage => ({
  token,
  complete: true,
  epoch: "e1",
  server_time: "2026-11-29T08:00:05Z",
  buckets: ["grid:1", "own"],
  rows,
  ...change,
});

let database: Store;
beforeEach(() => {
  database = new Store();
});
afterEach(async () => {
  database.close();
  await database.delete();
});

const STORAGES: [string, () => SyncStorage][] = [
  ["memory", () => new MemoryStorage()],
  ["IndexedDB", () => new IndexedDbStorage(database)],
];

describe.each(STORAGES)("SyncStore in %s", (_, newStorage) => {
  let storage: SyncStorage;
  let store: SyncStore;
  beforeEach(async () => {
    storage = newStorage();
    store = new SyncStore(storage, { now: () => NOW }, {});
    await store.startSession({ session: { username: "wang", account: OWNER } }, false);
  });
  /** Stage pages and apply them, as one pull does. */
  async function pull(...pages: PullPage[]): Promise<void> {
    for (const next of pages) expect(await store.stagePage(OWNER, await store.nextPullToken(), next)).toBe(true);
    await store.applyPages();
  }
  const ids = async () => (await storage.allRows()).map(({ id }) => id).sort();

  test("applies the pages of a checkpoint together", async () => {
    await store.stagePage(OWNER, null, page("t1", [upsert("i1", "grid:1")], { complete: false }));
    await store.applyPages();
    expect(await ids()).toEqual([]);
    expect(await store.nextPullToken()).toBe("t1");
    expect(await storage.readValue("token")).toBeNull();
    await pull(page("t2", [upsert("i2", "grid:1")]));
    expect(await ids()).toEqual(["i1", "i2"]);
    expect(await storage.readValue("token")).toBe("t2");
    expect(await storage.stagedPages()).toEqual([]);
  });

  test("stages no page for an old token or another account", async () => {
    await pull(page("t1", []));
    expect(await store.stagePage(OWNER, null, page("t2", []))).toBe(false);
    expect(await store.stagePage("account-2", "t1", page("t2", []))).toBe(false);
    expect(await storage.stagedPages()).toEqual([]);
  });

  test("keeps a row until its last bucket lets it go", async () => {
    await pull(page("t1", [upsert("i1", "grid:1"), upsert("i1", "own"), upsert("i2", "grid:1")]));
    await pull(page("t2", [removal("i1", "grid:1"), removal("i2", "grid:1")]));
    expect(await ids()).toEqual(["i1"]);
    await pull(page("t3", [removal("i1", "own")]));
    expect(await ids()).toEqual([]);
  });

  test("drops buckets that the server no longer names, and those that it drops", async () => {
    await pull(page("t1", [upsert("i1", "grid:1"), upsert("i2", "own")]));
    await pull(page("t2", [], { buckets: ["own"] }));
    expect(await ids()).toEqual(["i2"]);
    await pull(page("t3", [upsert("i3", "own")], { buckets: ["own"], drop_buckets: ["own"] }));
    expect(await ids()).toEqual(["i3"]);
  });

  test("deletes rows that expired by the server's clock and does not show them before", async () => {
    await pull(page("t1", [upsert("i1", "own", {}, "2026-11-29T08:00:20Z"), upsert("i2", "own")]));
    expect(await ids()).toEqual(["i1", "i2"]);
    // The device is 5 s behind the server.
    const later = new SyncStore(storage, { now: () => NOW + 16_000 }, {});
    expect([...(await later.view("incident")).keys()]).toEqual(["i2"]);
    expect([...(await store.view("incident")).keys()].sort()).toEqual(["i1", "i2"]);
    await pull(page("t2", [], { server_time: "2026-11-29T08:00:20Z" }));
    expect(await ids()).toEqual(["i2"]);
  });

  test("deletes dead letters that were resolved elsewhere", async () => {
    for (const [op_id, dead_letter] of [
      ["op-1", "letter-1"],
      ["op-2", "letter-2"],
    ] as const)
      await storage.putDeadLetter({
        op_id,
        op: { op_id, device_seq: 1, entity: "incident", op: "note", client_at: "" },
        answer: { status: "rejected", dead_letter },
        at: "",
      });
    const resolved = { ...upsert("letter-1", "own", { resolved_at: "2026-11-29T07:00:00Z" }), entity: "dead_letter" };
    const open = { ...upsert("letter-2", "own", { resolved_at: null }), entity: "dead_letter" };
    await pull(page("t1", [resolved, open]));
    expect((await storage.deadLetters()).map(({ op_id }) => op_id)).toEqual(["op-2"]);
  });

  test("leaves nothing of a transaction that fails", async () => {
    const failing = storage.transaction(async () => {
      await storage.writeValue("token", "t9");
      throw new Error("full");
    });
    await expect(failing).rejects.toThrow("full");
    expect(await storage.readValue("token")).toBeNull();
  });

  test("ends only the session of the account that is signed in, and keeps unsent work", async () => {
    await pull(page("t1", [upsert("i1", "own")]));
    await store.enqueue([{ entity: "incident", op: "note", id: "i1" }], async () => ({ saw: "secret" }));
    expect(await store.endSession("account-2", false)).toBe(false);
    expect(await ids()).toEqual(["i1"]);
    expect(await store.endSession(OWNER, false)).toBe(true);
    expect(await ids()).toEqual([]);
    expect(await store.currentAccount()).toBeNull();
    expect(await storage.readValue("token")).toBeNull();
    const queue = await storage.queuedOperations();
    expect(queue).toHaveLength(1);
    expect(queue[0]).not.toHaveProperty("about");
  });
});

describe("Store of the field app", () => {
  const media = (id: string, change: Partial<MediaItem> = {}): MediaItem => ({
    id,
    incident: "i1",
    kind: "near",
    blob: new Blob(["x"]),
    sha256: "",
    taken_at: "2026-11-29T08:00:00Z",
    fix: null,
    refused: null,
    ...change,
  });
  const why = (assignment_id: string) => ({ assignment_id, zh: "最近", en: "nearest", others: 2 });
  const position = { at: "2026-11-29T08:00:00Z", lon: 120, lat: 30, accuracy_m: 5, speed_mps: null, heading_deg: null };
  const photoIds = async () => (await database.photo.toArray()).map(({ id }) => id).sort();

  test("counts photos that wait and photos that the server refused", async () => {
    await database.photo.bulkAdd([media("m1"), media("m2", { isDraft: true }), media("m3", { refused: "too large" })]);
    expect(await database.extension.unsentWork!()).toEqual({ unsent: 2, refused: 1 });
  });

  test("releases the drafts of the named cases only", async () => {
    await database.photo.bulkAdd([media("m1", { isDraft: true }), media("m2", { isDraft: true, incident: "i2" })]);
    await database.releaseDrafts(["i1"]);
    expect((await database.photo.toArray()).map(({ isDraft }) => isDraft)).toEqual([false, true]);
  });

  test("restarts an upload under a new id without its old URL", async () => {
    await database.photo.add(media("m1", { upload: "https://host/up/1", sha256: "abc" }));
    await database.restartUpload("m1", "m2");
    await database.restartUpload("m7", "m8");
    expect(await database.photo.toArray()).toMatchObject([{ id: "m2", upload: null, sha256: "abc" }]);
  });

  test("stores an explanation only for the account that is signed in", async () => {
    await database.storeExplanation(OWNER, why("a1"));
    expect(await database.why.count()).toBe(0);
    await database.writeValue("session", { username: "wang", account: OWNER });
    await database.storeExplanation(OWNER, why("a1"));
    expect(await database.why.count()).toBe(1);
  });

  test("deletes explanations of assignments that are gone at a checkpoint", async () => {
    await database.why.bulkAdd([why("a1"), why("a2")]);
    await database.row.add({
      entity: "assignment",
      id: "a2",
      version: 1,
      until: null,
      data: { id: "a2" },
      buckets: [],
    });
    await database.extension.afterCheckpoint!();
    expect((await database.why.toArray()).map(({ assignment_id }) => assignment_id)).toEqual(["a2"]);
  });

  test("keeps unsent photos and drafts when a session runs out, and positions never", async () => {
    await database.photo.bulkAdd([media("m1"), media("m2", { refused: "no" })]);
    await database.position.add(position);
    await database.writeValue("draft report", { text: "hole" });
    await database.extension.onSessionEnd!(false);
    expect(await photoIds()).toEqual(["m1"]);
    expect(await database.position.count()).toBe(0);
    expect(await database.readValue("draft report")).toEqual({ text: "hole" });
  });

  test("deletes photos and drafts when somebody revoked the session", async () => {
    await database.photo.add(media("m1"));
    await database.writeValue("draft report", { text: "hole" });
    await database.writeValue("language", "en");
    await database.extension.onSessionEnd!(true);
    expect(await photoIds()).toEqual([]);
    expect(await database.readValue("draft report")).toBeNull();
    expect(await database.readValue("language")).toBe("en");
  });
});
