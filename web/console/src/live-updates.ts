// Change events of the server (server-sent events), with polling every two minutes as an event may be missed.
import { ROOT } from "../../src/api/http";
import { callApi, client } from "./session";

const POLL_MS = 120_000;
const DEBOUNCE_MS = 150; // several events of one write become one
const FIRST_PAUSE_MS = 3_000; // before reconnecting; doubled each time
const MAX_PAUSE_MS = 60_000;

export class LiveUpdates {
  isLive = false;
  private source: EventSource | null = null;
  private lastEventId: string | null = null;
  private pause = FIRST_PAUSE_MS;
  private timers: number[] = [];
  private notifyTimer: number | undefined;
  private isStopped = true;
  private readonly listeners = new Set<() => void>();
  private readonly watchers = new Set<() => void>();

  /** Call `listener` when something changed. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call `watcher` when `isLive` changes. Returns a function that unsubscribes. */
  onLiveChange(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  start(): void {
    this.isStopped = false;
    this.timers = [window.setInterval(() => this.notify(), POLL_MS)];
    void this.connect();
  }

  stop(): void {
    this.isStopped = true;
    this.timers.forEach(clearInterval);
    clearTimeout(this.notifyTimer);
    this.notifyTimer = undefined;
    this.source?.close();
    this.source = null;
    this.lastEventId = null;
    this.setLive(false);
  }

  private async connect(): Promise<void> {
    if (this.isStopped) return;
    let ticket: string;
    try {
      ticket = (await callApi(client.POST("/api/v1/events/ticket"))).ticket;
    } catch {
      return this.reconnectLater();
    }
    if (this.isStopped) return;
    const url = new URL(`${ROOT}/api/v1/events`);
    url.searchParams.set("ticket", ticket);
    if (this.lastEventId) url.searchParams.set("last_event_id", this.lastEventId);
    const source = (this.source = new EventSource(url));
    source.addEventListener("open", () => {
      this.pause = FIRST_PAUSE_MS;
      this.setLive(true);
    });
    source.addEventListener("pull", (event) => {
      this.lastEventId = event.lastEventId || this.lastEventId;
      this.notifyTimer ??= window.setTimeout(() => this.notify(), DEBOUNCE_MS);
    });
    // A ticket is valid for one connection: the browser's automatic reconnect would be refused.
    const reconnect = () => {
      source.close();
      if (this.source === source) this.reconnectLater();
    };
    source.addEventListener("bye", reconnect);
    source.addEventListener("error", reconnect);
  }

  private reconnectLater(): void {
    this.source = null;
    this.setLive(false);
    if (this.isStopped) return;
    window.setTimeout(() => void this.connect(), this.pause * (0.5 + Math.random() / 2));
    this.pause = Math.min(MAX_PAUSE_MS, this.pause * 2);
  }

  private setLive(isLive: boolean): void {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.watchers.forEach((watcher) => watcher());
  }

  private notify(): void {
    this.notifyTimer = undefined;
    this.listeners.forEach((listener) => listener());
  }
}

export const liveUpdates = new LiveUpdates();
