// Photos of cases that the phone keeps.
import { liveQuery } from "dexie";
import { useEffect, useState } from "preact/hooks";
import { store } from "../client";
import type { CasePhoto } from "../store";

/** Return the photos on the phone by id. `incident`: of one case only. */
export function useStoredPhotos(incident?: string): Map<string, CasePhoto> {
  const [photos, setPhotos] = useState(new Map<string, CasePhoto>());
  useEffect(() => {
    const query = () =>
      incident === undefined ? store.casePhoto.toArray() : store.casePhoto.where({ incident }).toArray();
    const watching = liveQuery(query).subscribe((rows) => setPhotos(new Map(rows.map((photo) => [photo.id, photo]))));
    return () => watching.unsubscribe();
  }, [incident]);
  return photos;
}
