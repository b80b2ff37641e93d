// Which photos of a case the next feedback names. Pure functions.
import type { MediaItem } from "./store";

/** A photo that was uploaded. */
export type SentPhoto = Pick<MediaItem, "id" | "incident" | "kind">;

/** Key under which uploaded photos are stored that no feedback names yet. */
export const SENT_PHOTOS_KEY = "sent_photos";

/** Number of media that one step may name. */
export const MAX_MEDIA_PER_STEP = 20;

/** Return the ids of the newest photos of one kind of a case that no feedback names yet. */
export function unattachedPhotos(photos: MediaItem[], sent: SentPhoto[], incident: string, kind: string): string[] {
  const waiting = photos.filter((photo) => photo.refused === null && !photo.isNamed);
  return [...sent, ...waiting]
    .filter((photo) => photo.incident === incident && photo.kind === kind)
    .map(({ id }) => id)
    .slice(-MAX_MEDIA_PER_STEP);
}
