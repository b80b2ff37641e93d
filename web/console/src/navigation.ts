// Addresses of the console: hash routes and their query strings.
import { useEffect, useState } from "preact/hooks";

/** The path and query behind the # of the address. */
export type Route = { hash: string; path: string[]; query: URLSearchParams };

export function useRoute(): Route {
  const read = (): Route => {
    const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    return { hash: location.hash, path: path.split("/"), query: new URLSearchParams(query) };
  };
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const followHash = () => setRoute(read());
    addEventListener("hashchange", followHash);
    // The address may have changed between the first render and this effect.
    setRoute((before) => (before.hash === location.hash ? before : read()));
    return () => removeEventListener("hashchange", followHash);
  }, []);
  return route;
}

export const navigate = (to: string): void => {
  location.hash = `#/${to}`;
};

/** Return the console's address for a listing that an API response names (`members`); null if no page shows it. */
export function pageOfMembers(members: string): string | null {
  const apiAt = members.indexOf("/api/v1/");
  const [path = "", query = ""] = members.slice(apiAt < 0 ? 0 : apiAt + 8).split("?");
  if (path === "incidents") return `#/cases?${query}`;
  if (path === "figures/members") return `#/members?${query}`;
  if (path === "figures/cycles/members") return `#/kept?${query}`;
  return null;
}

/** Return a query string without empty values. */
export function queryString(values: Record<string, string | null | undefined>): string {
  return new URLSearchParams(
    Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]),
  ).toString();
}
