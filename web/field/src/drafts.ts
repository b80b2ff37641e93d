// What she has written and not sent: kept on the phone as she writes, since another page, or a camera that pushes the browser out
// of memory, ends this one. It goes when it is sent, and with everything else when she signs out.
import { useEffect, useRef, useState } from "preact/hooks";
import { store } from "./client";

export type Draft<T> = {
  value: T;
  /** Whether what was kept has been read; until then `value` is what it begins with. */
  isRead: boolean;
  set: (change: Partial<T>) => void;
  /** It was sent, or is not wanted: begin again, with this if it is given. */
  forget: (anew?: T) => Promise<void>;
};

/** The draft of this name, which says what it is of. */
export function useDraft<T extends object>(name: string, initial: T): Draft<T> {
  const key = `draft ${name}`;
  const [value, setValue] = useState(initial);
  const [isRead, setRead] = useState(false);
  const latest = useRef(initial);
  // What she wrote before the kept was read stands above it.
  const changes = useRef<Partial<T>>({});
  useEffect(() => {
    let isGone = false;
    void store.readValue<T>(key).then((stored) => {
      if (isGone) return;
      if (stored !== null) setValue((latest.current = { ...initial, ...stored, ...changes.current }));
      setRead(true);
    });
    return () => {
      isGone = true;
    };
  }, [key]);
  return {
    value,
    isRead,
    set: (change) => {
      changes.current = { ...changes.current, ...change };
      setValue((latest.current = { ...latest.current, ...change }));
      void store.writeValue(key, latest.current);
    },
    forget: async (anew = initial) => {
      changes.current = {};
      setValue((latest.current = anew));
      await store.writeValue(key, null);
    },
  };
}
