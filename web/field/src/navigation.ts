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

export const go = (to: string) => {
  location.hash = `#/${to}`;
};

/** Do something, then go on, unless it says that it is not done; she who has turned to another page meanwhile stays there. */
export async function doneThen(to: string, doing: () => Promise<void | false>): Promise<void> {
  const here = location.hash;
  if ((await doing()) !== false && location.hash === here) go(to);
}
