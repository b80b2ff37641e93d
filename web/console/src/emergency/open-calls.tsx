// Open calls for help that the reader was notified of, and urgent cases that wait for the reader: read once for all pages.
import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { IncidentPage } from "../case/incident";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { ACCEPT_JSON, callApi, client, type Schemas } from "../session";

export type Call = Schemas["SosOut"];
type UrgentCase = Schemas["IncidentOut"];

/** Cases of priority 1 that wait for a decision, as the case list filters them. */
export const URGENT_FILTER = { directed: "true", waiting: "true", priority: "1" };
const MAX_LISTED = 20;

export type Emergencies = {
  /** Nobody has acknowledged them. */
  unanswered: Call[];
  /** The reader has acknowledged them, and they are open. */
  taken: Call[];
  urgent: UrgentCase[];
  hasMoreUrgent: boolean;
  /** Calls and cases were read at least once. */
  isRead: boolean;
  reload: () => void;
};

const NONE: Emergencies = {
  unanswered: [],
  taken: [],
  urgent: [],
  hasMoreUrgent: false,
  isRead: false,
  reload: () => undefined,
};
const EmergencyContext = createContext<Emergencies>(NONE);
export const useEmergencies = (): Emergencies => useContext(EmergencyContext);

export function EmergencyProvider(props: { children: ComponentChildren }) {
  const me = useMe();
  const calls = useQuery(
    () => callApi(client.GET("/api/v1/sos", { params: { query: { state: "open", limit: MAX_LISTED } } })),
    "open calls",
  );
  const urgent = useQuery(
    () =>
      hasPermission(me, "incident:direct")
        ? (callApi(
            client.GET("/api/v1/incidents", {
              params: { query: { ...URGENT_FILTER, limit: MAX_LISTED } as never },
              headers: ACCEPT_JSON,
            }),
          ) as Promise<IncidentPage>)
        : Promise.resolve<IncidentPage>({ items: [] }),
    "urgent cases",
  );
  const open = (calls.data?.items ?? []).filter((call) => call.worker?.id !== me.id);
  const emergencies: Emergencies = {
    unanswered: open.filter((call) => !call.acknowledged),
    taken: open.filter((call) => call.acknowledged?.by?.id === me.id),
    urgent: urgent.data?.items ?? [],
    hasMoreUrgent: !!urgent.data?.next,
    isRead: calls.data !== null && urgent.data !== null,
    reload: calls.reload,
  };
  return <EmergencyContext.Provider value={emergencies}>{props.children}</EmergencyContext.Provider>;
}
