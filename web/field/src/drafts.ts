// Drafts: text that was entered and not sent. They are stored at each change, because another page, or a camera app that
// evicts the browser from memory, ends this page. A draft is deleted when it is sent, and at sign-out.
import { useEffect, useRef, useState } from "preact/hooks";
import { store } from "./client";

export type Draft<T> = {
  value: T;
  /** True once the stored draft was read; until then `value` is the initial value. */
  isRead: boolean;
  set: (change: Partial<T>) => void;
  /** Delete the draft after it was sent or discarded, and start again with `anew` or the initial value. */
  forget: (anew?: T) => Promise<void>;
};

/** Return the draft with this name. */
export function useDraft<T extends object>(name: string, initial: T): Draft<T> {
  const key = `draft ${name}`;
  const [value, setValue] = useState(initial);
  const [isRead, setRead] = useState(false);
  const latest = useRef(initial);
  // Changes made before the stored draft was read take precedence over it.
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
