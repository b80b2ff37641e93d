// The buildings and landmarks of the register that are on the phone, and the places that were chosen last.
import { liveQuery } from "dexie";
import { useEffect, useState } from "preact/hooks";
import { type AddressParts, shortAddress } from "../addresses";
import { store } from "../client";
import { addUsed, type KnownPlace } from "../place-search";

type Premises = {
  kind?: string;
  name?: string | null;
  address: string | null;
  parts?: AddressParts | null;
  location?: { coordinates: [number, number] } | null;
};

/** Kinds of premises whose name stands over the door. The name of a home may be that of a resident. */
const PUBLICLY_NAMED = ["shop", "enterprise", "institution", "site"];
const KEY = "places used";

/** `use`: remember a place that was chosen. It is deleted with everything else at sign-out. */
export function useKnownPlaces(): { places: KnownPlace[]; used: KnownPlace[]; use: (place: KnownPlace) => void } {
  const [places, setPlaces] = useState<KnownPlace[]>([]);
  const [used, setUsed] = useState<KnownPlace[]>([]);
  useEffect(() => {
    const watching = liveQuery(() => store.row.where({ entity: "premises" }).toArray()).subscribe((rows) => {
      const byName = new Map<string, KnownPlace>();
      for (const { data } of rows) {
        const { kind, name, address, parts, location } = data as unknown as Premises;
        if (!location) continue;
        const { building } = shortAddress(address ?? "", parts);
        const doorName = PUBLICLY_NAMED.includes(kind ?? "") ? name : "";
        for (const zh of [building, doorName])
          if (zh && !byName.has(zh)) byName.set(zh, { name: { zh }, at: location.coordinates });
      }
      setPlaces([...byName.values()]);
    });
    void store.readValue<KnownPlace[]>(KEY).then((stored) => setUsed(stored ?? []));
    return () => watching.unsubscribe();
  }, []);
  const use = (place: KnownPlace) => {
    const next = addUsed(used, place);
    setUsed(next);
    void store.writeValue(KEY, next);
  };
  return { places, used, use };
}
