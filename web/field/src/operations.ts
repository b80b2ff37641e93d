// Queueing what the worker does as operations of the sync protocol.
import { store } from "./client";
import type { Task } from "./model";
import type { IncidentSnapshot, Operation, Row } from "./store";
import { sync } from "./sync";
import { uuid7 } from "./uuid7";

export type OperationRequest = { entity: string; op: string; id?: string; patch?: Record<string, unknown> };

/** Queue operations. Several operations form a group, which takes effect as a whole or not at all. */
export async function enqueueOperations(...requests: OperationRequest[]): Promise<void> {
  const at = new Date().toISOString();
  const group = requests.length > 1 ? uuid7() : undefined;
  const ops: Omit<Operation, "device_seq">[] = [];
  const incidents: (IncidentSnapshot | undefined)[] = [];
  for (const request of requests) {
    const id = request.id ?? uuid7();
    const row = await store.row.get([request.entity, id]);
    const base: Record<string, unknown> = {};
    if (request.op === "patch" && row)
      for (const name of Object.keys(request.patch ?? {})) if (name in row.data) base[name] = row.data[name];
    incidents.push(await incidentSnapshot(request.entity, request.op, id, row));
    ops.push({
      op_id: uuid7(),
      entity: request.entity,
      op: request.op,
      client_at: at,
      ...(request.entity === "duty" ? {} : { id }),
      ...(request.patch ? { patch: request.patch } : {}),
      ...(row?.version != null ? { base_version: row.version } : {}),
      ...(request.op === "patch" ? { base } : {}),
      ...(group ? { group } : {}),
    });
  }
  await store.enqueue(ops, incidents);
  // Draft photos and voice notes of a case are sent with an operation on it.
  await store.releaseDrafts(ops.filter(({ entity, op }) => entity === "incident" && op !== "note").map(({ id }) => id ?? ""));
  sync.requestRound();
}

const SNAPSHOT_FIELDS = ["status", "category", "description", "due_at"];

/** Return the case that an operation on it, or on its assignment, is about, as it is on the phone now. */
async function incidentSnapshot(entity: string, op: string, id: string, ownRow: Row | undefined): Promise<IncidentSnapshot | undefined> {
  if (op === "report" || (entity !== "incident" && entity !== "assignment")) return undefined;
  const incident = entity === "incident" ? id : String(ownRow?.data["incident_id"] ?? "");
  const row = await store.row.get(["incident", incident]);
  return row && { incident, saw: Object.fromEntries(SNAPSHOT_FIELDS.map((name) => [name, row.data[name] ?? null])) };
}

export const caseTransition = (task: Task, action: string, fields: Record<string, unknown> = {}): OperationRequest => ({
  entity: "incident",
  op: "transition",
  id: task.incident.id,
  patch: { action, ...fields },
});
