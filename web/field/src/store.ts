// The phone's IndexedDB: the tables of the sync client, and those of the app: explanations, media, photos of cases and positions.
// Each writing function is one transaction, so that a crash leaves all of its changes or none.
import type { Table } from "dexie";
import type { Schemas } from "../../src/api/http";
import { openCaseIds } from "./open-cases";
import {
  type Extension,
  type DeadLetter as AnyDeadLetter,
  type Owner,
  type QueuedOperation as AnyQueuedOperation,
  type UnsentCounts,
} from "../../sync-client/src/index";
import { TELL_WARNINGS_KEY, type TellWarning, withWarnings } from "./tell-warnings";
import { SYNC_TABLES, SyncDatabase } from "../../sync-client/src/indexeddb";

export {
  type Data,
  hasUnsentWork,
  type Operation,
  type Owner,
  type Row,
  type UnsentCounts,
} from "../../sync-client/src/index";

/** The result of an operation; the app makes some itself, with less in them. */
export type OperationResult = Pick<Schemas["OpResult"], "op_id" | "status" | "retryable"> &
  Partial<Schemas["OpResult"]>;

/** The case that an operation is about, as the worker saw it then; compared with the current case if the operation fails. */
export type IncidentSnapshot = { incident: string; saw: Record<string, unknown> };
export type QueuedOperation = AnyQueuedOperation<IncidentSnapshot, OperationResult>;
export type DeadLetter = AnyDeadLetter<IncidentSnapshot, OperationResult>;

/** Why the worker received an offer, in both languages, as the server explained it. */
export type OfferExplanation = { assignment_id: string; zh: string; en: string; others: number };

/** A photo or a voice note. A draft is not sent yet. `upload`: URL of the upload that was started. */
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
  /** A queued feedback already names it. */
  isNamed?: boolean;
  upload?: string | null;
};

/** A photo of a case of an open task, fetched from the server in two sizes to be seen without a network. */
export type CasePhoto = { id: string; incident: string; kind: string; small: Blob | null; large: Blob | null };

/** A tile of the base map. `key`: zoom/column/row. Empty: the base map has none there. */
export type MapTile = { key: string; data: ArrayBuffer };

/** Position of the phone on duty. `at`: the phone's clock, primary key. */
export type Position = {
  at: string;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
};

export class Store extends SyncDatabase<IncidentSnapshot, OperationResult> {
  declare why: Table<OfferExplanation, string>;
  declare photo: Table<MediaItem, string>;
  declare position: Table<Position, string>;
  declare casePhoto: Table<CasePhoto, string>;
  declare mapTile: Table<MapTile, string>;

  constructor() {
    super("gridward-field");
    this.version(1).stores({ ...SYNC_TABLES, why: "assignment_id", photo: "id, incident" });
    this.version(2).stores({ position: "at" });
    this.version(3).stores({ casePhoto: "id, incident" });
    this.version(4).stores({ mapTile: "key" });
  }

  /** What the app stores in the transactions of the sync client. */
  readonly extension: Extension = {
    lastingKeys: ["language", "base_map"],
    afterCheckpoint: async () => {
      const assignments = await this.row.where({ entity: "assignment" }).toArray();
      const assignmentIds = new Set(assignments.map((row) => row.id));
      await this.why.filter((why) => !assignmentIds.has(why.assignment_id)).delete();
      // Photos of a case leave the phone with the task.
      const openIds = openCaseIds(assignments.map(({ data }) => data));
      await this.casePhoto.filter(({ incident }) => !openIds.has(incident)).delete();
    },
    onAnswer: async (answered) => {
      const earlier = (await this.readValue<TellWarning[]>(TELL_WARNINGS_KEY)) ?? [];
      const warnings = withWarnings(earlier, answered as QueuedOperation);
      if (warnings !== earlier) await this.writeValue(TELL_WARNINGS_KEY, warnings);
    },
    onRowsCleared: async () => {
      await this.why.clear();
      await this.casePhoto.clear();
    },
    onSessionEnd: async (isRevoked) => {
      await this.writeValue("last_position", null);
      // Positions are not the worker's work: a revoked phone keeps none.
      await this.position.clear();
      await this.photo.filter((photo) => isRevoked || photo.refused !== null).delete();
      if (isRevoked) await this.held.where("key").startsWith("draft ").delete();
    },
    unsentWork: async (): Promise<Pick<UnsentCounts, "unsent" | "refused">> => {
      const photos = await this.photo.toArray();
      const refused = photos.filter((photo) => photo.refused !== null).length;
      return { unsent: photos.length - refused, refused };
    },
  };

  /** Return the account that is signed in on this phone. */
  async currentAccount(): Promise<string | null> {
    return (await this.readValue<Owner>("session"))?.account ?? null;
  }

  /** Store the explanation of an offer, unless the worker has signed out meanwhile. */
  async storeExplanation(owner: string, why: OfferExplanation): Promise<void> {
    await this.transaction("rw", this.held, this.why, async () => {
      if ((await this.currentAccount()) === owner) await this.why.put(why);
    });
  }

  /** Release the draft media of these cases for upload. */
  async releaseDrafts(incidents: string[]): Promise<void> {
    await this.photo.where("incident").anyOf(incidents).modify({ isDraft: false });
  }

  /** The upload ended on the server before it was complete: start again under a new id. */
  async restartUpload(id: string, newId: string): Promise<void> {
    await this.transaction("rw", this.photo, async () => {
      const photo = await this.photo.get(id);
      if (!photo) return;
      await this.photo.delete(id);
      await this.photo.add({ ...photo, id: newId, upload: null });
    });
  }
}
