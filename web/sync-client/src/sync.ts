// Push of queued operations and pull of rows that changed. The contract is docs/reference/mobile.md.
import { NoAnswer, Refused, TryLater } from "./errors.js";
import type { Operation, OperationResult, PullPage } from "./protocol.js";
import { PASSWORD_CHANGE_REQUIRED, type Session } from "./session.js";
import type { Clock, Connection } from "./storage.js";
import type { SyncStore } from "./sync-store.js";

const BATCH_SIZE = 500; // operations in one push
// The request itself is at fault, because of one of its operations. After any other refusal the queue stays as it is.
const BAD_REQUEST_STATUSES = new Set([400, 413, 422]);

type PushAnswer = { results?: OperationResult[] };

export class Synchronizer {
  private size = BATCH_SIZE;

  constructor(
    private readonly connection: Connection,
    private readonly session: Session,
    private readonly store: SyncStore,
    private readonly clock: Clock,
    private readonly pageLimit: number | null,
  ) {}

  /** Send all queued operations, oldest first. */
  async push(): Promise<void> {
    await this.sendWhile(() => true);
  }

  private async sendWhile(isWanted: (op: Operation) => boolean): Promise<void> {
    const owner = await this.session.account();
    for (
      let ops = await this.store.waitingOperations(this.size);
      ops[0] && isWanted(ops[0]);
      ops = await this.store.waitingOperations(this.size)
    ) {
      const answers = await this.send(ops, owner);
      if (answers === null) continue; // with fewer operations
      this.size = Math.min(2 * this.size, BATCH_SIZE);
      if ((await this.store.storeResults(answers)) === 0) throw new TryLater("nothing_settled", null);
    }
  }

  /** Return the results of a push, or null if it is to be tried with fewer operations. */
  private async send(ops: Operation[], owner: string): Promise<OperationResult[] | null> {
    const body = { sent_at: this.now(), ops };
    try {
      return (await this.session.call(() => this.connection.post<PushAnswer>("/sync/push", body), owner)).results ?? [];
    } catch (error) {
      if (error instanceof TryLater && error.code === PASSWORD_CHANGE_REQUIRED && ops[0]!.entity === "sos")
        return [await this.sendEmergencyCall(ops[0]!)];
      // What never gets through whole does in parts.
      if (error instanceof NoAnswer) this.size = this.halfOf(ops);
      if (!(error instanceof Refused && BAD_REQUEST_STATUSES.has(error.status))) throw error;
      // Halve the batch until the faulty operation is alone, or in its group, which is not split.
      const { group } = ops[0]!;
      if (ops.length > 1 && (group === undefined || ops.some((op) => op.group !== group))) {
        this.size = this.halfOf(ops);
        return null;
      }
      const { code, message } = error;
      return ops.map((op) => ({ op_id: op.op_id, status: "rejected", code, detail: message, retryable: false }));
    }
  }

  private halfOf(ops: Operation[]): number {
    return Math.max(1, Math.floor(ops.length / 2));
  }

  /**
   * Send an emergency call to the endpoint that is also open before a one-time password is changed. Same id as the queued
   * operation.
   */
  private async sendEmergencyCall({ op_id, id, patch }: Operation): Promise<OperationResult> {
    const body = { ...patch, id: id ?? "", sent_at: this.now() };
    await this.session.call(() => this.connection.post("/sos", body));
    return { op_id, status: "applied", retryable: false };
  }

  /** Fetch one checkpoint and apply it. */
  async pull(): Promise<void> {
    const owner = await this.store.currentAccount();
    if (owner === null) return;
    for (;;) {
      const token = await this.store.nextPullToken();
      const query = {
        ...(token === null ? {} : { token }),
        ...(this.pageLimit === null ? {} : { limit: String(this.pageLimit) }),
      };
      let page: PullPage;
      try {
        page = await this.session.call(() => this.connection.get<PullPage>("/sync", query), owner);
      } catch (error) {
        if (error instanceof Refused && (await this.recoverFromRefusedPull(error, token))) continue;
        throw error;
      }
      if (!(await this.store.stagePage(owner, token, page))) return;
      if (page.complete) return this.store.applyPages();
      // A pull may have many pages: an emergency call does not wait for the last.
      await this.sendWhile((op) => op.entity === "sos");
    }
  }

  /** Return true if the pull can continue after this refusal, from the last checkpoint or from the start. */
  private async recoverFromRefusedPull(refused: Refused, token: string | null): Promise<boolean> {
    if (token === null) return false;
    if (refused.status === 400 && token !== (await this.store.storage.readValue("token"))) {
      await this.store.discardStagedPages();
      return true;
    }
    if (refused.status === 410 || refused.status === 400) {
      await this.store.clearRows();
      return true;
    }
    return false;
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
