// The places that a typed text finds on the server. The hook of both front ends.
import { useEffect, useState } from "preact/hooks";

/** Shortest text that is searched for. */
export const SHORTEST = 2;

type Found<P> = { matches: (P & { at: [number, number] })[] | null; error: unknown };

/**
 * Wait until typing rests, and return the places that the text finds, with their coordinates; null before the answer.
 *
 * `search` asks the server. Answers for an earlier text are ignored.
 */
export function useFoundPlaces<P extends { location?: Record<string, unknown> | null }>(
  text: string,
  restMs: number,
  search: (text: string) => Promise<{ items?: P[] }>,
): Found<P> {
  const [state, setState] = useState<Found<P>>({ matches: null, error: null });
  useEffect(() => {
    setState({ matches: null, error: null });
    if (text.length < SHORTEST) return;
    let isOld = false;
    const timer = setTimeout(() => {
      search(text).then(
        ({ items }) => !isOld && setState({ matches: (items ?? []).flatMap(located), error: null }),
        (error: unknown) => !isOld && setState({ matches: null, error }),
      );
    }, restMs);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [text]);
  return state;
}

function located<P extends { location?: Record<string, unknown> | null }>(place: P): (P & { at: [number, number] })[] {
  const [lon, lat] = (place.location?.["coordinates"] as number[] | undefined) ?? [];
  return lon === undefined || lat === undefined ? [] : [{ ...place, at: [lon, lat] }];
}
