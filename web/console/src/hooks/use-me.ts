// The signed-in account: its permissions, and the time zone of its jurisdiction.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Schemas } from "../session";

export type Me = Schemas["MeOut"];

export const MeContext = createContext<Me | null>(null);

export function useMe(): Me {
  return useContext(MeContext)!;
}

/** Times are shown and meant by the clocks where her places are, wherever this browser is. */
export function useZone(): string {
  return useContext(MeContext)?.jurisdiction?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export const hasPermission = (me: Me, permission: string): boolean => (me.permissions as string[]).includes(permission);

/** Whether somebody may act everywhere, not in areas of hers only. */
export const useHasRoleEverywhere = (): boolean => useMe().roles.some((grant) => !grant.area_id && !grant.unit_id);
