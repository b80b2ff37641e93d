// Queueing what the worker does as operations of the sync protocol.
import type { OperationRequest } from "../../sync-client/src/index";
import { store, syncClient } from "./client";
import type { Task } from "./tasks";
import { sync } from "./sync";

/** Queue operations. Several operations form a group, which takes effect as a whole or not at all. */
export async function enqueueOperations(...requests: OperationRequest[]): Promise<void> {
  const ops = await syncClient.enqueue(...requests);
  // Draft photos and voice notes of a case are sent with an operation on it.
  await store.releaseDrafts(
    ops.filter(({ entity, op }) => entity === "incident" && op !== "note").map(({ id }) => id ?? ""),
  );
  sync.requestRound();
}

export const caseTransition = (task: Task, action: string, fields: Record<string, unknown> = {}): OperationRequest => ({
  entity: "incident",
  op: "transition",
  id: task.incident.id,
  patch: { action, ...fields },
});
