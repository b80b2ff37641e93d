// Hash routes of the app.
import { useEffect, useState } from "preact/hooks";

/** Where in the app: what stands behind the # of the address. */
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

/** Do something, then go on, unless it says that it is not done; she who has turned to another page meanwhile stays there. */
export async function runThenGo(to: string, action: () => Promise<void | false>): Promise<void> {
  const startHash = location.hash;
  if ((await action()) !== false && location.hash === startHash) navigate(to);
}
