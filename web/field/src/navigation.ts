// Hash routes of the app.
import { useEffect, useState } from "preact/hooks";

/** Return the path behind the # of the address, split at "/". */
export function useRoute(): string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split("/");
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => {
      setRoute(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

export const navigate = (to: string) => {
  location.hash = `#/${to}`;
};

/** Run `action`, then navigate unless it returned false. If the worker opened another page meanwhile, stay there. */
export async function runThenGo(to: string, action: () => Promise<void | false>): Promise<void> {
  const startHash = location.hash;
  if ((await action()) !== false && location.hash === startHash) navigate(to);
}
