// The operation queue: what is stored, in which order it is sent, and what becomes of the results.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Backoff } from "../sync-client/src/backoff";
import { NoAnswer, Refused, TryLater } from "../sync-client/src/errors";
import { MemoryStorage } from "../sync-client/src/memory-storage";
import type { Operation, OperationRequest, OperationResult, PullPage } from "../sync-client/src/protocol";
import type { Connection } from "../sync-client/src/storage";
import { SyncClient } from "../sync-client/src/sync-client";

const OWNER = "account-1";
const note = (id: string): OperationRequest => ({ entity: "incident", op: "note", id, patch: { words: id } });

/** A server that records pushes and answers each with `answer`. */
class Server implements Connection {
  account: string | null = null;
  readonly pushes: string[][] = [];
  readonly paths: string[] = [];
  answer: (ops: Operation[]) => OperationResult[] = (ops) => ops.map(({ op_id }) => ({ op_id, status: "applied" }));
  applied: number | null = null;

  signIn = () => Promise.resolve(OWNER);
  signOut = () => Promise.resolve();
  forget = () => undefined;
  get<T>(): Promise<T> {
    const page: PullPage = {
      token: "t",
      complete: true,
      epoch: "e",
      server_time: new Date().toISOString(),
      buckets: [],
      rows: [],
      applied_device_seq: this.applied,
    };
    return Promise.resolve(page as T);
  }
  async post<T>(path: string, body?: unknown): Promise<T> {
    this.paths.push(path);
    if (path !== "/sync/push") return {} as T;
    const { ops } = body as { ops: Operation[] };
    this.pushes.push(ops.map(({ id }) => id ?? ""));
    return { results: await Promise.resolve(this.answer(ops)) } as T;
  }
}

let server: Server;
let storage: MemoryStorage;
let client: SyncClient;
beforeEach(async () => {
  server = new Server();
  storage = new MemoryStorage();
  client = new SyncClient({ storage, connection: server });
  await client.signIn("wang", "secret");
});
const waiting = async () =>
  (await storage.queuedOperations()).filter(({ answer }) => answer === null).map(({ op }) => op.id);

describe("enqueue", () => {
  test("counts on from the last sequence number, also after the queue was sent", async () => {
    const [first, second] = await client.enqueue(note("i1"), note("i2"));
    await client.push();
    const [third] = await client.enqueue(note("i3"));
    expect([first, second, third].map((op) => op!.device_seq)).toEqual([1, 2, 3]);
    expect(new Set([first, second, third].map((op) => op!.op_id)).size).toBe(3);
  });

  test("makes a group of several operations and none of a single one", async () => {
    const [first, second] = await client.enqueue(note("i1"), note("i2"));
    expect(first!.group).toBeTruthy();
    expect(second!.group).toBe(first!.group);
    expect((await client.enqueue(note("i3")))[0]).not.toHaveProperty("group");
  });

  test("sends with a patch what the user saw in its fields, own changes included", async () => {
    await storage.putRows([
      { entity: "premises", id: "p1", version: 4, until: null, data: { id: "p1", name: "Shop", lon: 1 }, buckets: [] },
    ]);
    const patch = (name: string) => ({ entity: "premises", op: "patch", id: "p1", patch: { name } });
    const [first] = await client.enqueue(patch("Bakery"));
    const [second] = await client.enqueue(patch("Café"));
    expect(first).toMatchObject({ base_version: 4, base: { name: "Shop" } });
    expect(second!.base).toEqual({ name: "Bakery" });
  });
});

describe("waitingOperations", () => {
  const lengths = async (limit: number) => (await client.store.waitingOperations(limit)).map(({ id }) => id);

  test("gives the oldest first, at most as many as asked for", async () => {
    for (const id of ["i1", "i2", "i3"]) await client.enqueue(note(id));
    expect(await lengths(2)).toEqual(["i1", "i2"]);
  });

  test("does not split a group, even one larger than the limit", async () => {
    await client.enqueue(note("i1"));
    await client.enqueue(note("g1"), note("g2"), note("g3"));
    expect(await lengths(2)).toEqual(["i1"]);
    await client.cancel((await storage.queuedOperations())[0]!.op_id);
    expect(await lengths(2)).toEqual(["g1", "g2", "g3"]);
  });

  test("gives a call for help first and alone", async () => {
    await client.enqueue(note("i1"));
    await client.enqueue({ entity: "sos", op: "raise", id: "s1" });
    expect(await lengths(10)).toEqual(["s1"]);
  });
});

describe("push", () => {
  test("marks final results, keeps rejected and conflicting operations as dead letters", async () => {
    await client.enqueue(note("i1"));
    await client.enqueue(note("i2"));
    await client.enqueue(note("i3"));
    server.answer = (ops) =>
      ops.map(({ op_id, id }) => ({ op_id, status: { i1: "applied", i2: "conflict" }[id!] ?? "rejected" }));
    await client.push();
    expect(await waiting()).toEqual([]);
    expect((await client.deadLetters()).map(({ op }) => op.id)).toEqual(["i2", "i3"]);
  });

  test("keeps what is retryable or unknown, and says to try later", async () => {
    await client.enqueue(note("i1"));
    await client.enqueue(note("i2"));
    server.answer = ([first, second]) => [
      { op_id: first!.op_id, status: "rejected", retryable: true },
      { op_id: second!.op_id, status: "pending" },
      { op_id: "unknown", status: "applied" },
    ];
    await expect(client.push()).rejects.toThrow(TryLater);
    expect(await waiting()).toEqual(["i1", "i2"]);
    expect(server.pushes).toHaveLength(1);
  });

  test("halves a refused batch until the faulty operation is alone, and sends all others", async () => {
    for (const id of ["i1", "i2", "bad", "i4"]) await client.enqueue(note(id));
    server.answer = (ops) => {
      if (ops.some(({ id }) => id === "bad")) throw new Refused(422, { code: "invalid", detail: "bad" });
      return ops.map(({ op_id }) => ({ op_id, status: "applied" }));
    };
    await client.push();
    expect(await waiting()).toEqual([]);
    expect((await client.deadLetters()).map(({ op }) => op.id)).toEqual(["bad"]);
    expect(server.pushes.filter((ids) => ids.includes("bad")).at(-1)).toEqual(["bad"]);
  });

  test("keeps the queue when the server refuses for another reason", async () => {
    await client.enqueue(note("i1"));
    server.answer = () => {
      throw new Refused(403, { code: "forbidden" });
    };
    await expect(client.push()).rejects.toThrow(Refused);
    expect(await waiting()).toEqual(["i1"]);
    expect(await client.deadLetters()).toEqual([]);
  });

  test("sends fewer operations after no answer", async () => {
    for (const id of ["i1", "i2", "i3", "i4"]) await client.enqueue(note(id));
    server.answer = () => {
      throw new NoAnswer("cut");
    };
    await expect(client.push()).rejects.toThrow(NoAnswer);
    await expect(client.push()).rejects.toThrow(NoAnswer);
    expect(server.pushes.map((ids) => ids.length)).toEqual([4, 2]);
    expect(await waiting()).toHaveLength(4);
  });

  test("sends a call for help to its own endpoint while a password must be changed", async () => {
    await client.enqueue({ entity: "sos", op: "raise", id: "s1", patch: { lon: 1 } });
    server.answer = () => {
      throw new TryLater("password_change_required", null);
    };
    await client.push();
    expect(server.paths).toEqual(["/sync/push", "/sos"]);
    expect(await waiting()).toEqual([]);
  });
});

test("a checkpoint removes the answered operations that it covers and no others", async () => {
  await client.enqueue(note("i1"));
  await client.push();
  await client.enqueue(note("i2"));
  server.applied = 0;
  await client.pull();
  expect((await storage.queuedOperations()).map(({ op }) => op.id)).toEqual(["i1", "i2"]);
  server.applied = 9;
  await client.pull();
  expect((await storage.queuedOperations()).map(({ op }) => op.id)).toEqual(["i2"]);
  expect((await client.enqueue(note("i3")))[0]!.device_seq).toBe(10);
});

test("cancel deletes an operation that waits and not one that was answered", async () => {
  const [sent] = await client.enqueue(note("i1"));
  await client.push();
  const [pending] = await client.enqueue(note("i2"));
  await client.cancel(sent!.op_id);
  await client.cancel(pending!.op_id);
  expect((await storage.queuedOperations()).map(({ op }) => op.id)).toEqual(["i1"]);
});

describe("Backoff", () => {
  test("doubles up to five minutes and begins again after reset", () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const backoff = new Backoff();
    const pauses = Array.from({ length: 11 }, () => backoff.next(new NoAnswer("cut")));
    expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses.at(-1)).toBe(300_000);
    backoff.reset();
    expect(backoff.next(new NoAnswer("cut"))).toBe(1_000);
  });

  test("waits at least as long as the server wants", () => {
    expect(new Backoff().next(new TryLater("busy", 7))).toBe(7_000);
  });
});
