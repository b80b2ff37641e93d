// The errors that a request to the server can end with.

type Problem = { code?: string; detail?: string; [member: string]: unknown };

/** Base class of the errors that a request can end with. */
export class Failure extends Error {}

/**
 * The response is missing, incomplete, or not from the API. Whether the server did the work is unknown: repeat the same
 * request.
 */
export class NoAnswer extends Failure {}

/** The server answered that it cannot handle the request now. */
export class TryLater extends Failure {
  constructor(
    readonly code: string,
    readonly seconds: number | null,
  ) {
    super(code);
  }
}

/** A final error response. `code` is stable; `message` is for people. */
export class Refused extends Failure {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(String(problem.detail ?? problem.code));
  }
  get code(): string {
    return String(this.problem.code);
  }
}

/**
 * The session has ended: signed out, expired, account disabled or device revoked. `code`: the reason, if the server
 * gave one.
 */
export class SignedOut extends Failure {
  constructor(readonly code: string | null = null) {
    super(code ?? "signed out");
  }
}

/** Return the error of a response that is not successful. `body`: its parsed JSON. */
export function toFailure(response: Response, body: unknown): Failure {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Problem;
  if (typeof problem.code !== "string") return new NoAnswer(`${response.status} from somebody else`);
  const wait = response.headers.get("Retry-After");
  if (response.status >= 500 || response.status === 429 || wait !== null)
    return new TryLater(problem.code, wait !== null && /^\d+$/.test(wait) ? Number(wait) : null);
  return new Refused(response.status, problem);
}
