// Types of the sync protocol (docs/reference/mobile.md).

export type Data = Record<string, unknown> & { id: string };
export type RowKey = [entity: string, id: string];
/** A row of the server. `until`: ms since 1970; the row may be shown no longer. `buckets`: those that brought it. */
export type Row = {
  entity: string;
  id: string;
  version: number | null;
  until: number | null;
  data: Data;
  buckets: string[];
};

export type Operation = {
  op_id: string;
  device_seq: number;
  entity: string;
  op: string;
  id?: string;
  base_version?: number;
  patch?: Record<string, unknown>;
  base?: Record<string, unknown>;
  client_at: string;
  group?: string;
};

/** The result of one operation, as the server answered it. */
export type OperationResult = {
  op_id?: string | null;
  device_seq?: number | null;
  status?: string;
  id?: string | null;
  version?: number | null;
  code?: string | null;
  detail?: string | null;
  errors?: Record<string, unknown>[];
  retryable?: boolean;
  fields?: Record<string, unknown> | null;
  dead_letter?: string | null;
  flags?: string[];
};

/** `about`: what the application stored with the operation. */
export type QueuedOperation<About = unknown, Result = OperationResult> = {
  device_seq: number;
  op_id: string;
  op: Operation;
  answer: Result | null;
  about?: About;
};
export type DeadLetter<About = unknown, Result = OperationResult> = {
  op_id: string;
  op: Operation;
  answer: Result;
  at: string;
  about?: About;
};

export type PullPage = {
  token: string;
  complete: boolean;
  epoch: string;
  server_time: string;
  buckets: string[];
  drop_buckets?: string[];
  applied_device_seq?: number | null;
  rows: {
    bucket: string;
    entity: string;
    id: string;
    op: string;
    version?: number | null;
    until?: string | null;
    data?: unknown;
  }[];
};

export type Owner = { username: string; account: string };

/**
 * Counts of work that exists only on this device. `refused`: files of the application that the server refused; `dead`:
 * failed operations that the user has not seen.
 */
export type UnsentCounts = { unsent: number; refused: number; dead: number };
export const hasUnsentWork = (counts: UnsentCounts) => counts.unsent + counts.refused + counts.dead > 0;

/** What the application wants done. Without `id` a new one is made. */
export type OperationRequest = { entity: string; op: string; id?: string; patch?: Record<string, unknown> };
