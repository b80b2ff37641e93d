// A small setting of the app that is kept on the phone until the worker signs out.
import { useEffect, useState } from "preact/hooks";
import { store } from "../client";

/** Return the value stored under `key`, or `initial`, a function that changes it, and whether the store was read. */
export function useStoredValue<T>(key: string, initial: T): [T, (value: T) => void, boolean] {
  const [value, setValue] = useState(initial);
  const [isRead, setRead] = useState(false);
  useEffect(() => {
    void store.readValue<T>(key).then((stored) => {
      if (stored !== null) setValue(stored);
      setRead(true);
    });
  }, [key]);
  return [
    value,
    (changed) => {
      setValue(changed);
      void store.writeValue(key, changed);
    },
    isRead,
  ];
}
