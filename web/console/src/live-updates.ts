// That something changed, told by the server; and looking every two minutes, because a hint may be missed.
import { ROOT } from "../../src/api/http";
import { client, load } from "./session";

const POLL_MS = 120_000;
const GATHER_MS = 150; // several hints of one act are one
const PAUSE_MS = 3_000; // before a stream is opened again; longer each time
const LONGEST_PAUSE_MS = 60_000;

export class Hints {
  isLive = false;
  private source: EventSource | null = null;
  private last: string | null = null;
  private pause = PAUSE_MS;
  private timers: number[] = [];
  private gathering: number | undefined;
  private isStopped = true;
  private readonly listeners = new Set<() => void>();
  private readonly watchers = new Set<() => void>();

  /** Call `act` when something changed; returns what ends it. */
  on(act: () => void): () => void {
    this.listeners.add(act);
    return () => this.listeners.delete(act);
  }

  /** Call `act` when `isLive` changes. */
  watch(act: () => void): () => void {
    this.watchers.add(act);
    return () => this.watchers.delete(act);
  }

  start(): void {
    this.isStopped = false;
    this.timers = [window.setInterval(() => this.tell(), POLL_MS)];
    void this.open();
  }

  stop(): void {
    this.isStopped = true;
    this.timers.forEach(clearInterval);
    clearTimeout(this.gathering);
    this.gathering = undefined;
    this.source?.close();
    this.source = null;
    this.last = null;
    this.setLive(false);
  }

  private async open(): Promise<void> {
    if (this.isStopped) return;
    let ticket: string;
    try {
      ticket = (await load(client.POST("/api/v1/events/ticket"))).ticket;
    } catch {
      return this.later();
    }
    if (this.isStopped) return;
    const url = new URL(`${ROOT}/api/v1/events`);
    url.searchParams.set("ticket", ticket);
    if (this.last) url.searchParams.set("last_event_id", this.last);
    const source = (this.source = new EventSource(url));
    source.addEventListener("open", () => {
      this.pause = PAUSE_MS;
      this.setLive(true);
    });
    source.addEventListener("pull", (event) => {
      this.last = event.lastEventId || this.last;
      this.gathering ??= window.setTimeout(() => this.tell(), GATHER_MS);
    });
    // A ticket opens one stream once: the browser's own way of coming back would be refused.
    const again = () => {
      source.close();
      if (this.source === source) this.later();
    };
    source.addEventListener("bye", again);
    source.addEventListener("error", again);
  }

  private later(): void {
    this.source = null;
    this.setLive(false);
    if (this.isStopped) return;
    window.setTimeout(() => void this.open(), this.pause * (0.5 + Math.random() / 2));
    this.pause = Math.min(LONGEST_PAUSE_MS, this.pause * 2);
  }

  private setLive(isLive: boolean): void {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.watchers.forEach((act) => act());
  }

  private tell(): void {
    this.gathering = undefined;
    this.listeners.forEach((act) => act());
  }
}

export const hints = new Hints();
