// The public parts of the client.
export { Backoff } from "./backoff.js";
export { Failure, NoAnswer, Refused, SignedOut, toFailure, TryLater } from "./errors.js";
export { accountOfToken, fetchWithTimeout, TIME_LIMIT_MS } from "./http.js";
export { MemoryStorage } from "./memory-storage.js";
export { shown } from "./overlay.js";
export type {
  Data,
  DeadLetter,
  Operation,
  OperationRequest,
  OperationResult,
  Owner,
  PullPage,
  QueuedOperation,
  Row,
  RowKey,
  UnsentCounts,
} from "./protocol.js";
export { hasUnsentWork } from "./protocol.js";
export { PASSWORD_CHANGE_REQUIRED, Session, UnsentWork } from "./session.js";
export type { Clock, Connection, Extension, Lock, SyncStorage } from "./storage.js";
export { processLock } from "./storage.js";
export { type Dump, SyncClient, type SyncClientOptions } from "./sync-client.js";
export { SyncStore } from "./sync-store.js";
export { TokenConnection, type TokenConnectionOptions } from "./token-connection.js";
export { uuid7 } from "./uuid7.js";
