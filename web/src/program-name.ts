// The program of a session, from its `User-Agent` header. Pure.

const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"]; // in this order: each names the later ones, too
const SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux"];

/** Return browser and system of a `User-Agent` header, or its first 40 characters. */
export function programName(agent: string | null): string {
  if (!agent) return "";
  const names = [BROWSERS, SYSTEMS].map((list) => list.find((name) => agent.includes(name)));
  const name = names.filter(Boolean).join(", ");
  return name.replace("Edg", "Edge").replace("OPR", "Opera") || agent.slice(0, 40);
}
