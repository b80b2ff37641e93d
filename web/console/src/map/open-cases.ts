// The open cases of the account's areas for the map: read completely once, then only what changed.
import { followPath, retryDelayMs } from "../session";
import { ENDED_STATUSES, isLate } from "../ui/lateness";

export type OpenCase = {
  id: string;
  lon: number;
  lat: number;
  case_no: string;
  status: string;
  category: string;
  priority: number;
  due_at: string | null;
  waiting_reason: string | null;
  owner_unit_id: string | null;
  updated_at: string;
};

type ItemsResponse = {
  features: {
    id: string;
    geometry: { coordinates: [number, number] } | null;
    properties: Omit<OpenCase, "id" | "lon" | "lat">;
  }[];
  timeStamp: string;
  links?: { rel: string; href: string }[];
};

const PROPERTIES = "case_no,status,category,priority,due_at,waiting_reason,owner_unit_id,updated_at";
const IS_OPEN = `status NOT IN (${ENDED_STATUSES.map((status) => `'${status}'`).join(",")})`;
const PAGE_SIZE = 1_000;

/** More than a screen can show or a browser should hold. */
export const MAX_CASES = 20_000;

/** A transaction commits a little after its timestamp: changes are read with this overlap. */
const OVERLAP_MS = 30_000;

/** A case that left the account's areas is not in the changes: everything is read again at this interval. */
const READ_ALL_EVERY_MS = 300_000;
const MIN_GAP_MS = 250;

export class OpenCases {
  readonly all = new Map<string, OpenCase>();
  hasMore = false;
  /** ms by which the server's clock is ahead of this browser's */
  private clockAheadMs = 0;
  private since: string | null = null;
  private readAllAt = 0;
  private reading: Promise<void> | null = null;
  private isRequested = false;
  private isStopped = false;

  /** `onChange` gets the ids that were added, changed or removed; `onTrouble` the error of a read, null when it works again. */
  constructor(
    private readonly onChange: (ids: string[]) => void,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Read changes. One request at a time: calls during a read cause one more read afterwards. */
  refresh(): void {
    this.isRequested = true;
    this.reading ??= this.readWhileRequested().finally(() => (this.reading = null));
  }

  stop(): void {
    this.isStopped = true;
  }

  isLate(incident: OpenCase): boolean {
    return isLate(incident, Date.now() + this.clockAheadMs);
  }

  private async readWhileRequested(): Promise<void> {
    while (this.isRequested && !this.isStopped) {
      this.isRequested = false;
      try {
        const changed = await (this.since === null || Date.now() - this.readAllAt > READ_ALL_EVERY_MS
          ? this.readAll()
          : this.readChanged(this.since));
        if (this.isStopped) return;
        if (changed.length > 0) this.onChange(changed);
        this.onTrouble(null);
      } catch (error) {
        if (this.isStopped) return;
        this.onTrouble(error);
        const pause = retryDelayMs(error);
        if (pause === null) continue;
        this.isRequested = true;
        await new Promise((go) => setTimeout(go, pause));
      }
      await new Promise((go) => setTimeout(go, MIN_GAP_MS));
    }
  }

  private async readAll(): Promise<string[]> {
    const { incidents, at, hasMore } = await this.fetchPages(IS_OPEN);
    const gone = [...this.all.keys()].filter((id) => !incidents.has(id));
    const changed = [...incidents.values()].filter(
      (incident) => this.all.get(incident.id)?.updated_at !== incident.updated_at,
    );
    gone.forEach((id) => this.all.delete(id));
    changed.forEach((incident) => this.all.set(incident.id, incident));
    this.hasMore = hasMore;
    this.readAllAt = Date.now();
    this.since = at;
    return [...gone, ...changed.map((incident) => incident.id)];
  }

  private async readChanged(since: string): Promise<string[]> {
    const from = new Date(Date.parse(since) - OVERLAP_MS).toISOString();
    const { incidents, at } = await this.fetchPages(`updated_at >= TIMESTAMP('${from}')`);
    const changed: string[] = [];
    for (const incident of incidents.values()) {
      if (
        ENDED_STATUSES.includes(incident.status)
          ? !this.all.delete(incident.id)
          : this.all.get(incident.id)?.updated_at === incident.updated_at
      )
        continue;
      if (!ENDED_STATUSES.includes(incident.status)) this.all.set(incident.id, incident);
      changed.push(incident.id);
    }
    this.since = at;
    return changed;
  }

  private async fetchPages(
    filter: string,
  ): Promise<{ incidents: Map<string, OpenCase>; at: string; hasMore: boolean }> {
    const incidents = new Map<string, OpenCase>();
    let path: string | undefined =
      `/ogc/collections/incidents/items?${new URLSearchParams({ f: "json", limit: String(PAGE_SIZE), properties: PROPERTIES, filter })}`;
    let at: string | null = null;
    while (path && incidents.size < MAX_CASES) {
      const response: ItemsResponse = await followPath<ItemsResponse>(path);
      if (at === null) {
        at = response.timeStamp;
        this.clockAheadMs = Date.parse(at) - Date.now();
      }
      for (const { id, geometry, properties } of response.features)
        if (geometry)
          incidents.set(id, { ...properties, id, lon: geometry.coordinates[0], lat: geometry.coordinates[1] });
      const next: string | undefined = response.links?.find((link) => link.rel === "next")?.href;
      path = next?.slice(next.indexOf("/ogc/"));
    }
    return { incidents, at: at!, hasMore: path !== undefined };
  }
}
