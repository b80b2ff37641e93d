// Files that only the API gives, with our token: shown in the page, or saved by the browser.
import { useEffect, useState } from "preact/hooks";
import { followPath } from "../session";

/** An address in this page for a path of the API; empty until it is there. `failed`: it did not come. */
export function useObjectUrl(path: string): { url: string; failed: unknown } {
  const [state, setState] = useState<{ url: string; failed: unknown }>({ url: "", failed: null });
  useEffect(() => {
    let objectUrl = "";
    let isGone = false;
    setState({ url: "", failed: null });
    followPath<Blob>(path, "blob").then(
      (blob) => !isGone && setState({ url: (objectUrl = URL.createObjectURL(blob)), failed: null }),
      (failed: unknown) => !isGone && setState({ url: "", failed }),
    );
    return () => {
      isGone = true;
      if (objectUrl) URL.revokeObjectURL(objectUrl);
    };
  }, [path]);
  return state;
}
