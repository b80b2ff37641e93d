// Types of what the pages show: categories, cases, tasks.
import type { Rule } from "./presence";
import type { Operation, OfferExplanation } from "./store";

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
  /** What those who reported it were told, the newest last. */
  replies?: { words: string; at: string }[] | null;
  isUnsent?: boolean;
  /** The same matter elsewhere, of what she reported: it goes on by itself, and has ended or not. */
  linked?: { id: string; case_no: string; closed_at: string | null; ended_as: string | null }[] | null;
  /** More time that she asked for, until somebody has decided. */
  extension?: { since: string; amount: number } | null;
  deadline?: { condition?: string; extended?: number | null } | null;
  next_stage?: { stage: string; name?: Name; ends_with?: string; due_at?: string } | null;
  /** Who does what of a case that several units handle. */
  parts?: { part: string; unit_id: string; state: string }[] | null;
  /** Given to her by name, urged so often, under the eyes of a higher level since. */
  pinned_to_me?: boolean;
  urged_count?: number;
  supervised?: { since: string; level: number | null; until: string | null } | null;
};

/** How far a piece of work is, with what she did and nobody has answered yet. */
export type Step = "offered" | "accepted" | "en_route" | "on_scene" | "handling" | "fed_back" | "declined" | "given_back";

export type Task = {
  id: string;
  role: string;
  /** Whose queue it stood in, or whose part it is. */
  unit: string | null;
  state: string;
  step: Step;
  isSending: boolean;
  /** What she did of it that no checkpoint has yet. */
  acts: Operation[];
  incident: Incident;
  offer: { id: string; expires_at: string; round: number } | null;
  why: OfferExplanation | null;
};

/** What she was asked or had and is hers no more, by its assignment; the case may have left the phone. */
export type Lost = { id: string; incident: Incident | null; because: string };
