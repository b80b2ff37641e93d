// Change events of the server (server-sent events), with polling, as an event may be missed. `state` says the truth about the
// connection: a browser does not report that a connection died silently, so a stream without events is opened again.
import { ROOT } from "../../src/api/http";
import { callApi, client } from "./session";

/** `reconnecting`: the server does not answer. `offline`: this computer has no network. */
export type LiveState = "connecting" | "live" | "reconnecting" | "offline";

const POLL_MS = 120_000;
const POLL_WITHOUT_STREAM_MS = 15_000;
const DEBOUNCE_MS = 150; // several events of one write become one
const FIRST_PAUSE_MS = 1_000; // before reconnecting; doubled each time
const MAX_PAUSE_MS = 15_000;
const CONNECT_LIMIT_MS = 10_000;
/** A stream that was silent for so long is opened again. */
const SILENCE_LIMIT_MS = 60_000;

export class LiveUpdates {
  state: LiveState = "connecting";
  /** When the server was last heard, in ms since the epoch; null: never. */
  heardAt: number | null = null;
  private source: EventSource | null = null;
  private attempt = 0; // of the latest connection; events of earlier ones are void
  private lastEventId: string | null = null;
  private isConnecting = false;
  private pause = FIRST_PAUSE_MS;
  private polledAt = 0;
  private clock: number | undefined;
  private connectTimer: number | undefined;
  private notifyTimer: number | undefined;
  private isStopped = true;
  private readonly listeners = new Set<() => void>();
  private readonly watchers = new Set<() => void>();

  /** Call `listener` when something changed. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call `watcher` when `state` changes. Returns a function that unsubscribes. */
  onStateChange(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  start(): void {
    this.isStopped = false;
    this.polledAt = Date.now();
    this.clock = window.setInterval(() => this.tick(), POLL_WITHOUT_STREAM_MS / 3);
    addEventListener("offline", this.followNetwork);
    addEventListener("online", this.followNetwork);
    document.addEventListener("visibilitychange", this.followVisibility);
    this.followNetwork();
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.clock);
    clearTimeout(this.notifyTimer);
    this.notifyTimer = undefined;
    removeEventListener("offline", this.followNetwork);
    removeEventListener("online", this.followNetwork);
    document.removeEventListener("visibilitychange", this.followVisibility);
    this.disconnect();
    this.lastEventId = this.heardAt = null;
    this.setState("connecting");
  }

  private readonly followNetwork = () => {
    this.disconnect();
    if (!navigator.onLine) return this.setState("offline");
    if (this.state === "offline") this.setState("reconnecting");
    this.pause = FIRST_PAUSE_MS;
    void this.connect();
  };

  /** A browser may have cut the connection of a page in the background. */
  private readonly followVisibility = () => {
    if (document.visibilityState === "visible" && this.state === "reconnecting") this.followNetwork();
  };

  private disconnect(): void {
    this.attempt++;
    this.isConnecting = false;
    clearTimeout(this.connectTimer);
    this.source?.close();
    this.source = null;
  }

  private tick(): void {
    const now = Date.now();
    if (now - this.polledAt >= (this.state === "live" ? POLL_MS : POLL_WITHOUT_STREAM_MS)) this.notify();
    // The state stays "live" unless the new stream fails.
    const isSilent = !this.isConnecting && now - (this.heardAt ?? 0) > SILENCE_LIMIT_MS;
    if (this.state === "live" && isSilent) void this.connect();
  }

  private async connect(): Promise<void> {
    this.disconnect();
    if (this.isStopped || !navigator.onLine) return;
    this.isConnecting = true;
    const attempt = this.attempt;
    const isVoid = () => this.attempt !== attempt;
    const fail = () => !isVoid() && this.reconnectLater(navigator.onLine ? "reconnecting" : "offline");
    // Also the limit of a server that accepts the connection and answers nothing.
    this.connectTimer = window.setTimeout(fail, CONNECT_LIMIT_MS);
    let ticket: string;
    try {
      ticket = (await callApi(client.POST("/api/v1/events/ticket"))).ticket;
    } catch {
      fail();
      return;
    }
    if (isVoid()) return;
    const url = new URL(`${ROOT}/api/v1/events`);
    url.searchParams.set("ticket", ticket);
    if (this.lastEventId) url.searchParams.set("last_event_id", this.lastEventId);
    const source = (this.source = new EventSource(url));
    source.addEventListener("open", () => {
      if (isVoid()) return;
      clearTimeout(this.connectTimer);
      this.isConnecting = false;
      this.pause = FIRST_PAUSE_MS;
      this.heardAt = Date.now();
      this.setState("live");
    });
    source.addEventListener("pull", (event) => {
      if (isVoid()) return;
      this.heardAt = Date.now();
      this.lastEventId = event.lastEventId || this.lastEventId;
      this.notifyTimer ??= window.setTimeout(() => this.notify(), DEBOUNCE_MS);
    });
    // A ticket is valid for one connection: the browser's automatic reconnect would be refused. A server that says `bye`, as
    // when the access token ends, is there: the state changes only if the next stream fails.
    source.addEventListener("bye", () => !isVoid() && this.reconnectLater(this.state));
    source.addEventListener("error", fail);
  }

  private reconnectLater(state: LiveState): void {
    this.disconnect();
    this.setState(state);
    if (this.isStopped || state === "offline") return;
    this.connectTimer = window.setTimeout(() => void this.connect(), this.pause * (0.5 + Math.random() / 2));
    this.pause = Math.min(MAX_PAUSE_MS, this.pause * 2);
  }

  private setState(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.watchers.forEach((watcher) => watcher());
  }

  private notify(): void {
    this.notifyTimer = undefined;
    this.polledAt = Date.now();
    this.listeners.forEach((listener) => listener());
  }
}

export const liveUpdates = new LiveUpdates();
