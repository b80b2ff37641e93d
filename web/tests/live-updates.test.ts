// The state of the live updates: it says the truth when the network or the server is away.
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const requestTicket = vi.hoisted(() => vi.fn<() => Promise<{ ticket: string }>>());
vi.mock("../src/api/http", () => ({ ROOT: "http://city" }));
vi.mock("../console/src/session", () => ({
  callApi: (request: Promise<unknown>) => request,
  client: { POST: requestTicket },
}));

class FakeSource extends EventTarget {
  static readonly opened: FakeSource[] = [];
  isClosed = false;
  constructor(readonly url: URL) {
    super();
    FakeSource.opened.push(this);
  }
  close() {
    this.isClosed = true;
  }
  send(name: string) {
    this.dispatchEvent(Object.assign(new Event(name), { lastEventId: "7" }));
  }
}

const source = () => FakeSource.opened.at(-1)!;
const navigatorState = { onLine: true };

async function startLive() {
  const { LiveUpdates } = await import("../console/src/live-updates");
  const updates = new LiveUpdates();
  updates.start();
  await vi.advanceTimersByTimeAsync(0);
  return updates;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0); // the shortest pauses
  const page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"] as const)
    vi.stubGlobal(name, page[name].bind(page));
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  vi.stubGlobal("navigator", navigatorState);
  vi.stubGlobal("EventSource", FakeSource);
  navigatorState.onLine = true;
  FakeSource.opened.length = 0;
  requestTicket.mockReset().mockResolvedValue({ ticket: "t" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("is live after the stream opens, and one event of a burst is reported", async () => {
  const updates = await startLive();
  expect(updates.state).toBe("connecting");
  source().send("open");
  expect(updates.state).toBe("live");
  const listener = vi.fn();
  updates.onChange(listener);
  source().send("pull");
  source().send("pull");
  await vi.advanceTimersByTimeAsync(200);
  expect(listener).toHaveBeenCalledTimes(1);
  updates.stop();
});

test("is offline without network, and connects at once when it is back", async () => {
  const updates = await startLive();
  source().send("open");
  navigatorState.onLine = false;
  dispatchEvent(new Event("offline"));
  expect([updates.state, source().isClosed]).toEqual(["offline", true]);
  navigatorState.onLine = true;
  dispatchEvent(new Event("online"));
  expect(updates.state).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(0);
  source().send("open");
  expect(updates.state).toBe("live");
  updates.stop();
});

test("is reconnecting while the server is away, and polls more often", async () => {
  const updates = await startLive();
  source().send("open");
  requestTicket.mockRejectedValue(new Error("no answer"));
  source().send("error");
  expect(updates.state).toBe("reconnecting");
  const listener = vi.fn();
  updates.onChange(listener);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(updates.state).toBe("reconnecting");
  expect(listener.mock.calls.length).toBeGreaterThanOrEqual(3);
  requestTicket.mockResolvedValue({ ticket: "t" });
  await vi.advanceTimersByTimeAsync(8_000);
  source().send("open");
  expect(updates.state).toBe("live");
  updates.stop();
});

test("is reconnecting when a new stream gets no answer after the old one fell silent", async () => {
  const updates = await startLive();
  source().send("open");
  await vi.advanceTimersByTimeAsync(66_000);
  expect([FakeSource.opened.length, updates.state]).toEqual([2, "live"]);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(updates.state).toBe("reconnecting");
  updates.stop();
});

test("stays live when the server ends the stream to renew it", async () => {
  const updates = await startLive();
  source().send("open");
  source().send("pull");
  source().send("bye");
  expect(updates.state).toBe("live");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(source().url.searchParams.get("last_event_id")).toBe("7");
  updates.stop();
});
