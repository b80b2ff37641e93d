// Which permissions open which page: the menu, the routes and the start page go by this table.
import { hasPermission, type Me } from "./hooks/use-me";

const DIRECTS = ["incident:direct"];
const CASES = ["incident:direct", "incident:handle"];

/** Permissions of which a page needs one; none: every account may open it. */
const PAGE_ACCESS: Record<string, readonly string[]> = {
  board: DIRECTS,
  decisions: DIRECTS,
  "my-work": ["incident:handle"],
  cases: CASES,
  case: CASES,
  "new-case": ["incident:report"],
  "to-release": ["public:release"],
  paper: CASES,
  map: ["incident:read"],
  workers: DIRECTS,
  roster: ["worker:read"],
  care: ["worker:read"],
  accounts: ["account:manage"],
  account: ["account:manage"],
  "service-accounts": ["service:manage"],
  "service-account": ["service:manage"],
  webhooks: ["webhook:manage"],
  messages: ["message:manage"],
  households: ["household:read"],
  household: ["household:read"],
  notices: ["notice:read"],
  notice: ["notice:read"],
  units: ["area:read"],
  areas: ["area:edit"],
  figures: DIRECTS,
  evaluation: DIRECTS,
  kept: DIRECTS,
  members: DIRECTS,
  rules: DIRECTS,
  signals: DIRECTS,
  files: ["export:run", "import:run"],
  audit: ["audit:read"],
  "my-account": [],
};

const START_PAGES = ["board", "my-work", "map", "audit", "my-account"];

export const isPage = (page: string): boolean => Object.hasOwn(PAGE_ACCESS, page);

export function mayOpen(me: Me, page: string): boolean {
  const permissions = PAGE_ACCESS[page];
  return !!permissions && (!permissions.length || permissions.some((permission) => hasPermission(me, permission)));
}

/** Return the page that an account sees first. */
export const startPage = (me: Me): string => START_PAGES.find((page) => mayOpen(me, page))!;

/** Return true if the field app is for this account: it reports or handles cases on the spot. */
export const mayUseFieldApp = (me: Me): boolean =>
  hasPermission(me, "incident:report") || hasPermission(me, "incident:handle");
