// Which actions of a case are its primary ones, and how the others are grouped. The server says which are allowed.

/** Actions with which the reader continues their own work. They come before all decisions of a director. */
const OWN_WORK = ["accept", "verify", "check", "start", "feed_back", "accept_part", "part_done", "second_done"];

/** What a director does next in each state, the most usual first. */
const NEXT_BY_STATUS: Record<string, readonly string[]> = {
  collected: ["file", "assign_verify"],
  verifying: ["file", "assign_verify"],
  filed: ["confirm", "reassign", "redispatch"],
  dispatched: ["urge", "reassign"],
  accepted: ["urge", "reassign"],
  handling: ["urge", "reassign"],
  rework: ["urge", "reassign"],
  returned: ["reassign", "redispatch"],
  fed_back: ["assign_check", "redispatch"],
  checking: ["urge", "assign_check"],
  deferred: ["resume", "urge"],
  on_books: ["take_from_books", "urge"],
  not_filed: ["contest"],
  closed: ["contest"],
  force_closed: ["contest"],
};

const PRIMARY_COUNT = 2;

export type ActionGroup = "of_worker" | "of_units" | "of_time" | "of_end" | "of_rest";

const GROUPS: Record<Exclude<ActionGroup, "of_rest">, readonly string[]> = {
  of_worker: [
    "reassign",
    "confirm",
    "redispatch",
    "override",
    "assign_verify",
    "assign_check",
    "assign_second",
    "pin",
    "unpin",
    "lock",
    "unlock",
  ],
  of_units: ["return", "add_unit", "withdraw_unit", "waive_parts", "make_lead", "part_return"],
  of_time: [
    "urge",
    "grant_extension",
    "refuse_extension",
    "ask_extension",
    "supervise",
    "end_supervision",
    "defer",
    "resume",
    "put_on_books",
    "take_from_books",
  ],
  of_end: ["not_file", "force_close", "contest"],
};

/** Actions that end a case: never primary, and drawn as grave. */
export const GRAVE_ACTIONS: readonly string[] = ["not_file", "force_close"];

export type OrderedActions = { primary: string[]; groups: { name: ActionGroup; actions: string[] }[] };

/** Return the allowed actions in the order of the page: at most two primary ones, and groups without empty ones. */
export function orderActions(status: string, allowed: readonly string[]): OrderedActions {
  const preferred = [...OWN_WORK, ...(NEXT_BY_STATUS[status] ?? [])].filter((action) => allowed.includes(action));
  const primary = preferred.slice(0, PRIMARY_COUNT);
  const others = allowed.filter((action) => !primary.includes(action));
  const grouped = new Set(Object.values(GROUPS).flat());
  const groups = [
    ...(Object.entries(GROUPS) as [ActionGroup, readonly string[]][]).map(([name, actions]) => ({
      name,
      actions: actions.filter((action) => others.includes(action)),
    })),
    // An action of a newer server, too.
    { name: "of_rest" as const, actions: others.filter((action) => !grouped.has(action)) },
  ];
  return { primary, groups: groups.filter(({ actions }) => actions.length > 0) };
}
