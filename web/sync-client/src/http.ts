// Requests with a time limit, and the account that a token belongs to.
import { NoAnswer } from "./errors.js";

export const TIME_LIMIT_MS = 30_000;

/** Send a request. Rejects with NoAnswer if no response begins in time. */
export async function fetchWithTimeout(request: Request): Promise<Response> {
  try {
    // Redirects are not followed: the API has none, and a captive portal's redirect would look like a response.
    return await fetch(request, { signal: AbortSignal.timeout(TIME_LIMIT_MS), redirect: "manual", cache: "no-store" });
  } catch (error) {
    throw new NoAnswer(String(error));
  }
}

/**
 * Return the account id of an access token. The signature is not verified; the id only tells two users of one device
 * apart.
 */
export function accountOfToken(token: string): string {
  const part = token.split(".")[1] ?? "";
  return String((JSON.parse(atob(part.replace(/-/g, "+").replace(/_/g, "/"))) as { sub: string }).sub);
}
