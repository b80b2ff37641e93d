// Cases and their notes, as they are on the phone, with pending reports and notes. Pure functions.
import type { Name } from "../../src/i18n";
import type { PlaceInWords } from "../../src/place-words";
import type { QueuedOperation } from "./store";

export type Place = { type: "Point"; coordinates: [number, number] };

export type Incident = {
  id: string;
  case_no?: string;
  status: string;
  category: string;
  priority?: number;
  description?: string;
  location?: Place;
  /** The nearest address or landmark that the server knows. */
  place?: PlaceInWords | null;
  due_at?: string | null;
  reported_at?: string;
  reported_by_me?: boolean;
  joined_by_me?: boolean;
  /** Replies that the reporters received, the newest last. */
  replies?: { words: string; at: string }[] | null;
  isUnsent?: boolean;
  /** Linked cases about the same matter, for cases that the worker reported. */
  linked?: { id: string; case_no: string; closed_at: string | null; ended_as: string | null }[] | null;
  /** The extension that the worker requested, until it is decided. */
  extension?: { since: string; amount: number } | null;
  deadline?: { condition?: string; extended?: number | null } | null;
  next_stage?: { stage: string; name?: Name; ends_with?: string; due_at?: string } | null;
  /** Which unit does which part of a case that several units handle. */
  parts?: { part: string; unit_id: string; state: string }[] | null;
  /** Assigned by name; number of reminders; under supervision of a higher level. */
  pinned_to_me?: boolean;
  urged_count?: number;
  /** Photos and voice notes on the server that the worker may see, the oldest first. */
  media?: { id: string; kind: string; state: string; content_type: string | null }[];
  grid_id?: string | null;
  owner_unit_id?: string | null;
  supervised?: { since: string; level: number | null; until: string | null } | null;
};

export type Note = { id: string; words: string; author: string; at: string };

/** Return the cases by id: the rows, and reports that are not on the server yet. */
export function toIncidents(rowsOf: <T>(entity: string) => T[], pending: QueuedOperation[]): Map<string, Incident> {
  const incidents = new Map(rowsOf<Incident>("incident").map((incident) => [incident.id, incident]));
  for (const { op } of pending)
    if (op.entity === "incident" && op.op === "report" && op.id && !incidents.has(op.id)) {
      const patch = op.patch ?? {};
      incidents.set(op.id, {
        id: op.id,
        status: "unsent",
        category: String(patch["category"] ?? "unclassified"),
        description: String(patch["description"] ?? ""),
        location: { type: "Point", coordinates: [Number(patch["lon"]), Number(patch["lat"])] },
        reported_at: op.client_at,
        reported_by_me: true,
        isUnsent: true,
      });
    }
  return incidents;
}

/** Return the notes of each case. */
export function toNotes(rowsOf: <T>(entity: string) => T[], pending: QueuedOperation[]): Map<string, Note[]> {
  const notes: Map<string, Note[]> = new Map();
  for (const note of rowsOf<{
    id: string;
    incident_id: string;
    words: string;
    author?: { name?: string };
    occurred_at: string;
  }>("incident_note"))
    notes.set(note.incident_id, [
      ...(notes.get(note.incident_id) ?? []),
      { id: note.id, words: note.words, author: note.author?.name ?? "", at: note.occurred_at },
    ]);
  for (const { op } of pending)
    if (op.entity === "incident" && op.op === "note" && op.id)
      notes.set(op.id, [
        ...(notes.get(op.id) ?? []),
        { id: op.op_id, words: String(op.patch?.["words"] ?? ""), author: "", at: op.client_at },
      ]);
  return notes;
}
