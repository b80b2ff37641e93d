// The signed-in account: its permissions, and the time zone of its jurisdiction.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Schemas } from "../session";

export type Me = Schemas["MeOut"];

export const MeContext = createContext<Me | null>(null);

export function useMe(): Me {
  return useContext(MeContext)!;
}

/** Return the time zone in which times are shown and entered: that of the account's jurisdiction. */
export function useZone(): string {
  return useContext(MeContext)?.jurisdiction?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export const hasPermission = (me: Me, permission: string): boolean => (me.permissions as string[]).includes(permission);

/** Return true if the account has a role that is not limited to an area or unit. */
export const useHasRoleEverywhere = (): boolean => useMe().roles.some((grant) => !grant.area_id && !grant.unit_id);
