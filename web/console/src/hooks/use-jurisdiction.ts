// A jurisdiction and its time zone.
import { callApi, client, type Schemas } from "../session";
import { useMe } from "./use-me";
import { type QueryState, useQuery } from "./use-query";

export type Jurisdiction = { code: string; zone: string; name: Schemas["Named"] | undefined };

/** Return the jurisdiction with this code, else that of the account, with its time zone; and all jurisdictions. */
export function useJurisdiction(
  code: string | null,
): QueryState<{ chosen: Jurisdiction; all: Schemas["JurisdictionOut"][] }> {
  const ownCode = useMe().jurisdiction?.code;
  const read = async () => {
    const all = (await callApi(client.GET("/api/v1/jurisdictions"))).items ?? [];
    const chosen = all.find((jurisdiction) => jurisdiction.code === (code ?? ownCode)) ?? all[0];
    const path = { code: chosen?.code ?? "" };
    const profile = await callApi(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path } }));
    const zone = (profile.data as { timezone?: string } | undefined)?.timezone ?? "UTC";
    return { chosen: { code: path.code, zone, name: chosen?.name }, all };
  };
  return useQuery(read, `jurisdiction ${code}`, false);
}
