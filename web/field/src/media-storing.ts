// Photos and voice notes that are being stored on the phone. The report or step of their case waits for them.

const works = new Map<string, Set<Promise<unknown>>>();
const listeners = new Set<() => void>();

/** Count work as storing of media of a case until it ends. Return its result. */
export async function whileStoring<T>(incident: string, work: Promise<T>): Promise<T> {
  const ofCase = works.get(incident) ?? new Set();
  works.set(incident, ofCase.add(work));
  listeners.forEach((listener) => listener());
  try {
    return await work;
  } finally {
    ofCase.delete(work);
    if (ofCase.size === 0) works.delete(incident);
    listeners.forEach((listener) => listener());
  }
}

export const isStoring = (incident: string): boolean => works.has(incident);

/** Wait until the media of a case are stored, also those that are added meanwhile. Rejects if one cannot be stored. */
export async function untilStored(incident: string): Promise<void> {
  for (let ofCase = works.get(incident); ofCase !== undefined; ofCase = works.get(incident)) await Promise.all(ofCase);
}

/** Call `listener` at each begin and end. Return a function that ends this. */
export function onStoring(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
