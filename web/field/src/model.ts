// Types of what the pages show: categories, cases, tasks.
import type { Rule } from "./presence";
import type { OfferExplanation, Operation } from "./store";

export type Name = { zh?: string; en?: string };

export type Category = {
  code: string;
  name: Name;
  class?: Name;
  kind?: string;
  urgent?: boolean;
  on_the_spot?: boolean;
  presence?: Rule;
  conditions?: { code: string; name: Name; limit?: { unit: string; amount: number } }[];
};

export type Place = { type: "Point"; coordinates: [number, number] };

export type Incident = {
  id: string;
  case_no?: string;
  status: string;
  category: string;
  priority?: number;
  description?: string;
  location?: Place;
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
  supervised?: { since: string; level: number | null; until: string | null } | null;
};

/** Progress of a task, pending operations included. */
export type Step =
  "offered" | "accepted" | "en_route" | "on_scene" | "handling" | "fed_back" | "declined" | "given_back";

export type Task = {
  id: string;
  role: string;
  /** The unit whose queue the task was in, or whose part it is. */
  unit: string | null;
  state: string;
  step: Step;
  isSending: boolean;
  /** Operations of the worker on this task that no checkpoint covers yet. */
  pendingOperations: Operation[];
  incident: Incident;
  offer: { id: string; expires_at: string; round: number } | null;
  why: OfferExplanation | null;
};

/** A task that was offered or assigned to the worker and is not any more. The case may have left the phone. */
export type Lost = { id: string; incident: Incident | null; because: string };
