// The place of a case in words, and its distance.
import { liveQuery } from "dexie";
import { placeWords } from "../../../src/place-words";
import { useEffect, useState } from "preact/hooks";
import { type AddressParts, shortAddress } from "../addresses";
import { store } from "../client";
import { formatDistance } from "../distance";
import type { Incident } from "../incidents";
import { distanceTo, type KnownBuilding, nearestBuilding } from "../task-order";
import { type OwnPosition, useOwnPosition } from "./use-own-position";
import { useTranslation } from "./use-translation";
import { useWorkerState } from "./use-worker-state";

type Premises = { address: string; parts?: AddressParts | null; location?: { coordinates: [number, number] } | null };

/** Where a case is. `place`: the nearest building on the phone, else the place in words of the server, else the grid, else "". `distance`: "" if it is not known. */
export type Whereabouts = { place: string; distance: string };

/** Return a function that tells where a case is, and the phone's own position. */
export function usePlaces(): {
  whereIs: (incident: Incident) => Whereabouts;
  nameOf: (at: [number, number]) => string;
  own: OwnPosition;
} {
  const t = useTranslation();
  const { grids } = useWorkerState();
  const own = useOwnPosition();
  const nameOf = usePlaceName();
  const whereIs = (incident: Incident): Whereabouts => {
    const metres = distanceTo(incident, own.at);
    const at = incident.location?.coordinates;
    return {
      place:
        (at && nameOf(at)) ||
        placeWords(t.language, incident.place) ||
        t.named(grids.find((grid) => grid.id === incident.grid_id)?.name),
      distance: metres === null ? "" : formatDistance(t.language, metres),
    };
  };
  return { whereIs, nameOf, own };
}

/** Return a function that names the building at or near a point; "" if none is known there. */
export function usePlaceName(): (at: [number, number]) => string {
  const t = useTranslation();
  const [buildings, setBuildings] = useState<KnownBuilding[]>([]);
  useEffect(() => {
    const watching = liveQuery(() => store.row.where({ entity: "premises" }).toArray()).subscribe((rows) =>
      setBuildings(
        rows.flatMap(({ data }) => {
          const { address, parts, location } = data as unknown as Premises;
          return location ? [{ building: shortAddress(address, parts).building, at: location.coordinates }] : [];
        }),
      ),
    );
    return () => watching.unsubscribe();
  }, []);
  return (at) => {
    const nearest = nearestBuilding(buildings, at);
    if (nearest === null) return "";
    return nearest.isNear ? t("place_near", { building: nearest.building }) : nearest.building;
  };
}
