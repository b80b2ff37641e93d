// Queueing what the worker does as operations of the sync protocol.
import { store } from "./client";
import type { About, Op, Row } from "./store";
import { sync } from "./sync";
import { uuid7 } from "./uuid7";
import type { Task } from "./model";

export type Act = { entity: string; op: string; id?: string; patch?: Record<string, unknown> };

/** Queue acts; several take effect together or not at all. */
export async function act(...acts: Act[]): Promise<void> {
  const at = new Date().toISOString();
  const group = acts.length > 1 ? uuid7() : undefined;
  const ops: Omit<Op, "device_seq">[] = [];
  const about: (About | undefined)[] = [];
  for (const said of acts) {
    const id = said.id ?? uuid7();
    const held = await store.row.get([said.entity, id]);
    const base: Record<string, unknown> = {};
    if (said.op === "patch" && held)
      for (const name of Object.keys(said.patch ?? {})) if (name in held.data) base[name] = held.data[name];
    about.push(await caseOf(said.entity, said.op, id, held));
    ops.push({
      op_id: uuid7(),
      entity: said.entity,
      op: said.op,
      client_at: at,
      ...(said.entity === "duty" ? {} : { id }),
      ...(said.patch ? { patch: said.patch } : {}),
      ...(held?.version != null ? { base_version: held.version } : {}),
      ...(said.op === "patch" ? { base } : {}),
      ...(group ? { group } : {}),
    });
  }
  await store.enqueue(ops, about);
  // What she recorded goes with what she says of the case.
  await store.release(ops.filter(({ entity, op }) => entity === "incident" && op !== "note").map(({ id }) => id ?? ""));
  sync.now();
}

const SEEN_OF_CASES = ["status", "category", "description", "due_at"];

/** The case that an act on it, or on an assignment of it, is about, as it is on the phone now. */
async function caseOf(entity: string, op: string, id: string, held: Row | undefined): Promise<About | undefined> {
  if (op === "report" || (entity !== "incident" && entity !== "assignment")) return undefined;
  const incident = entity === "incident" ? id : String(held?.data["incident_id"] ?? "");
  const row = await store.row.get(["incident", incident]);
  return row && { incident, saw: Object.fromEntries(SEEN_OF_CASES.map((name) => [name, row.data[name] ?? null])) };
}

export const onCase = (task: Task, action: string, more: Record<string, unknown> = {}): Act => ({
  entity: "incident",
  op: "transition",
  id: task.incident.id,
  patch: { action, ...more },
});
