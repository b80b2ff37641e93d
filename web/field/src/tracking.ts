// Position tracking: on duty only, stored and sent in batches (docs/reference/mobile.md, Positions). Duty is read from the store at
// each fix, with the time of the fix: the state of a page may be older.
import { liveQuery } from "dexie";
import { NoAnswer, Refused, SignedOut, TryLater } from "../../src/api/http";
import { api, callApi, store, withLock } from "./client";
import { roundDegrees } from "./geolocation";
import type { Position } from "./store";
import { dutyAt, type DutyPeriod } from "./duty";

/** `searching`: on duty without a fix yet; `denied`: permission denied; `silent`: no position available. */
export type TrackingState = "off" | "searching" | "on" | "denied" | "silent";

const BATCH = 500; // positions in one request
const MAX_STORED = 5_000; // more than two days on duty without a network; then the oldest are deleted
const MAX_AGE_MS = 7 * 86_400_000; // the server accepts none that are older
const MIN_GAP_MS = 15_000;
const MIN_MOVE_M = 15;
const FAR_MOVE_M = 100; // stored whatever the gap, as when riding
const HEARTBEAT_MS = 60_000; // a worker who stands still is reported all the same
const NO_FIX_AFTER_MS = 180_000;
const SEND_EVERY_MS = 60_000;
const FIX_LIMIT_MS = 30_000;

class Tracking {
  state: TrackingState = "off";
  private listeners = new Set<() => void>();
  private watch: number | null = null;
  private beat = 0;
  private foundAt = 0;
  private triedAt = 0;

  /** Start and stop tracking with duty from now on. */
  start(): void {
    // One transaction: in separate reads, an operation that was just covered could be in neither rows nor queue.
    const duty = () => store.transaction("r", [store.held, store.row, store.queue], onDutySince);
    liveQuery(duty).subscribe((since) => (since === null ? this.end() : this.begin()));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private begin(): void {
    if (this.watch !== null) return;
    if (!navigator.geolocation) return this.setState("silent");
    this.setState("searching");
    const limits: PositionOptions = { enableHighAccuracy: true, timeout: FIX_LIMIT_MS, maximumAge: 0 };
    const onPosition = (position: GeolocationPosition) => void this.handlePosition(position);
    const failed = (error: GeolocationPositionError) => {
      if (this.watch === null) return;
      if (error.code === error.PERMISSION_DENIED) this.setState("denied");
      // A phone that does not move may report nothing new for a while.
      else if (Date.now() - this.foundAt > NO_FIX_AFTER_MS) this.setState("silent");
    };
    this.watch = navigator.geolocation.watchPosition(onPosition, failed, limits);
    // A watch reports movements only; polling also notices when permission is granted later.
    this.beat = window.setInterval(
      () => navigator.geolocation.getCurrentPosition(onPosition, failed, limits),
      HEARTBEAT_MS,
    );
  }

  private end(): void {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.beat);
    this.watch = null;
    this.setState("off");
  }

  private async handlePosition({ coords, timestamp }: GeolocationPosition): Promise<void> {
    const finiteOrNull = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
    const fix: Position = {
      at: new Date(timestamp).toISOString(),
      lon: roundDegrees(coords.longitude),
      lat: roundDegrees(coords.latitude),
      accuracy_m: finiteOrNull(coords.accuracy),
      speed_mps: finiteOrNull(coords.speed),
      heading_deg: finiteOrNull(coords.heading),
    };
    if (!(await storeFix(fix))) return this.end();
    // Duty may have ended while the fix was stored.
    if (this.watch === null) return;
    this.foundAt = Date.now();
    this.setState("on");
    if (Date.now() - this.triedAt < SEND_EVERY_MS) return;
    this.triedAt = Date.now();
    // Positions that cannot be sent now are sent with the next fix or the next sync round.
    await sendPositions().catch(ignoreConnectionFailure);
  }

  private setState(state: TrackingState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const tracking = new Tracking();

/** Return since when the worker is on duty, in ms by the phone's clock; null if off duty. */
async function onDutySince(): Promise<number | null> {
  if ((await store.currentAccount()) === null) return null;
  const duties = (await store.row.where({ entity: "duty" }).toArray()).map((row) => row.data as unknown as DutyPeriod);
  const queue = await store.queue.orderBy("device_seq").toArray();
  const skew = (await store.readValue<number>("skew_ms")) ?? 0;
  const { on, since, isSending } = dutyAt(duties, queue, Date.now() + skew);
  // A pending operation has the phone's clock already.
  return on ? Date.parse(since ?? "") - (isSending ? 0 : skew) : null;
}

/** Store a fix unless it adds nothing. Returns false if the worker is off duty; then it is not stored. */
async function storeFix(fix: Position): Promise<boolean> {
  // One transaction with the queue: the end of duty comes before or after it, never in between.
  return store.transaction("rw", [store.held, store.row, store.queue, store.position], async () => {
    const since = await onDutySince();
    if (since === null) return false;
    // Phones may first report a cached position from before duty.
    if (Date.parse(fix.at) < since) return true;
    const previous = await store.readValue<Position>("last_position");
    if (previous !== null && !isWorthStoring(previous, fix)) return true;
    await store.writeValue("last_position", fix);
    await store.position.put(fix);
    await store.position
      .where("at")
      .below(new Date(Date.now() - MAX_AGE_MS).toISOString())
      .delete();
    const surplus = (await store.position.count()) - MAX_STORED;
    if (surplus > 0) await store.position.orderBy("at").limit(surplus).delete();
    return true;
  });
}

function isWorthStoring(previous: Position, fix: Position): boolean {
  const gap = Math.abs(Date.parse(fix.at) - Date.parse(previous.at));
  const moved = distanceM(previous, fix);
  return gap >= HEARTBEAT_MS || moved >= FAR_MOVE_M || (gap >= MIN_GAP_MS && moved >= MIN_MOVE_M);
}

/** Accurate enough for a few hundred metres. */
function distanceM(a: Position, b: Position): number {
  const degree = 111_195;
  return degree * Math.hypot((a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180), a.lat - b.lat);
}

/** Send all stored positions, oldest first. They wait for a start of duty that the server does not know yet. */
export async function sendPositions(): Promise<void> {
  await withLock("gridward-positions", async () => {
    for (;;) {
      const unsentDutyStarts = await store.queue
        .filter(({ op, answer }) => op.entity === "duty" && op.op === "start" && answer === null)
        .count();
      const batch =
        unsentDutyStarts > 0 || (await store.currentAccount()) === null
          ? []
          : await store.position.orderBy("at").limit(BATCH).toArray();
      if (batch.length === 0) return;
      try {
        const body = { sent_at: new Date().toISOString(), positions: batch };
        await callApi(() => api.client.POST("/api/v1/positions", { body }));
      } catch (error) {
        // A batch that was refused once will always be refused.
        if (!(error instanceof Refused)) throw error;
      }
      await store.position.bulkDelete(batch.map(({ at }) => at));
    }
  });
}

function ignoreConnectionFailure(error: unknown): void {
  if (!(error instanceof NoAnswer || error instanceof TryLater || error instanceof SignedOut)) throw error;
}
