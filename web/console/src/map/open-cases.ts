// The open cases of all my areas, as the map has them: read whole once, and after that only what changed.
import { follow, pauseAfter } from "../session";

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

type Answer = {
  features: { id: string; geometry: { coordinates: [number, number] } | null; properties: Omit<OpenCase, "id" | "lon" | "lat"> }[];
  timeStamp: string;
  links?: { rel: string; href: string }[];
};

const ENDED = ["not_filed", "closed", "force_closed"];

/** The clock does not run. */
const STANDING = ["deferred", "on_books", "fed_back", "checking"];
const PROPERTIES = "case_no,status,category,priority,due_at,waiting_reason,owner_unit_id,updated_at";
const IS_OPEN = `status NOT IN (${ENDED.map((status) => `'${status}'`).join(",")})`;
const PAGE = 1_000;

/** More than a screen can tell apart, and than a browser should hold. */
export const MOST = 20_000;

/** A write is committed a little after the time that it bears: what changed is asked for from so long before. */
const OVERLAP_MS = 30_000;

/** What left my areas brings no change: everything is read anew now and then. */
const WHOLE_EVERY_MS = 300_000;
const LEAST_BETWEEN_MS = 250;

export class OpenCases {
  readonly all = new Map<string, OpenCase>();
  hasMore = false;
  /** Of the server's clock over this browser's. */
  private ahead = 0;
  private since: string | null = null;
  private wholeAt = 0;
  private reading: Promise<void> | null = null;
  private isWanted = false;
  private isEnded = false;

  /** `onChange` gets the ids of what came, changed or went; `onTrouble` why it could not be read, null when it could again. */
  constructor(
    private readonly onChange: (ids: string[]) => void,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Something changed. One question at a time: what is told meanwhile is asked for together, afterwards. */
  refresh(): void {
    this.isWanted = true;
    this.reading ??= this.readOn().finally(() => (this.reading = null));
  }

  end(): void {
    this.isEnded = true;
  }

  isLate(one: OpenCase): boolean {
    return one.due_at !== null && !STANDING.includes(one.status) && Date.parse(one.due_at) < Date.now() + this.ahead;
  }

  private async readOn(): Promise<void> {
    while (this.isWanted && !this.isEnded) {
      this.isWanted = false;
      try {
        const changed = await (this.since === null || Date.now() - this.wholeAt > WHOLE_EVERY_MS ? this.readWhole() : this.readChanged(this.since));
        if (this.isEnded) return;
        if (changed.length > 0) this.onChange(changed);
        this.onTrouble(null);
      } catch (error) {
        if (this.isEnded) return;
        this.onTrouble(error);
        const pause = pauseAfter(error);
        if (pause === null) continue;
        this.isWanted = true;
        await new Promise((go) => setTimeout(go, pause));
      }
      await new Promise((go) => setTimeout(go, LEAST_BETWEEN_MS));
    }
  }

  private async readWhole(): Promise<string[]> {
    const { found, at, hasMore } = await this.pages(IS_OPEN);
    const gone = [...this.all.keys()].filter((id) => !found.has(id));
    const changed = [...found.values()].filter((one) => this.all.get(one.id)?.updated_at !== one.updated_at);
    gone.forEach((id) => this.all.delete(id));
    changed.forEach((one) => this.all.set(one.id, one));
    this.hasMore = hasMore;
    this.wholeAt = Date.now();
    this.since = at;
    return [...gone, ...changed.map((one) => one.id)];
  }

  private async readChanged(since: string): Promise<string[]> {
    const from = new Date(Date.parse(since) - OVERLAP_MS).toISOString();
    const { found, at } = await this.pages(`updated_at >= TIMESTAMP('${from}')`);
    const changed: string[] = [];
    for (const one of found.values()) {
      if (ENDED.includes(one.status) ? !this.all.delete(one.id) : this.all.get(one.id)?.updated_at === one.updated_at) continue;
      if (!ENDED.includes(one.status)) this.all.set(one.id, one);
      changed.push(one.id);
    }
    this.since = at;
    return changed;
  }

  private async pages(filter: string): Promise<{ found: Map<string, OpenCase>; at: string; hasMore: boolean }> {
    const found = new Map<string, OpenCase>();
    let path: string | undefined = `/ogc/collections/incidents/items?${new URLSearchParams({ f: "json", limit: String(PAGE), properties: PROPERTIES, filter })}`;
    let at: string | null = null;
    while (path && found.size < MOST) {
      const answer: Answer = await follow<Answer>(path);
      if (at === null) {
        at = answer.timeStamp;
        this.ahead = Date.parse(at) - Date.now();
      }
      for (const { id, geometry, properties } of answer.features)
        if (geometry) found.set(id, { ...properties, id, lon: geometry.coordinates[0], lat: geometry.coordinates[1] });
      const next: string | undefined = answer.links?.find((link) => link.rel === "next")?.href;
      path = next?.slice(next.indexOf("/ogc/"));
    }
    return { found, at: at!, hasMore: path !== undefined };
  }
}
