// A jurisdiction and its time zone.
import { client, load, type Schemas } from "../session";
import { useMe } from "./use-me";
import { type Loaded, useLoaded } from "./use-query";

export type Jurisdiction = { code: string; zone: string; name: Schemas["Named"] | undefined };

/** The jurisdiction of a code, or that of her places, with its time zone; and how many others there are. */
export function useJurisdiction(code: string | null): Loaded<{ chosen: Jurisdiction; all: Schemas["JurisdictionOut"][] }> {
  const mine = useMe().jurisdiction?.code;
  const read = async () => {
    const all = (await load(client.GET("/api/v1/jurisdictions"))).items ?? [];
    const found = all.find((one) => one.code === (code ?? mine)) ?? all[0];
    const path = { code: found?.code ?? "" };
    const profile = await load(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path } }));
    const zone = (profile.data as { timezone?: string } | undefined)?.timezone ?? "UTC";
    return { chosen: { code: path.code, zone, name: found?.name }, all };
  };
  return useLoaded(read, `jurisdiction ${code}`, false);
}
