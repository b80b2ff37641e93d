// Files that only the API gives, with our token: shown in the page, or saved by the browser.
import { useEffect, useState } from "preact/hooks";
import { follow } from "../session";

/** An address in this page for a path of the API; empty until it is there. `failed`: it did not come. */
export function useObjectUrl(path: string): { url: string; failed: unknown } {
  const [state, setState] = useState<{ url: string; failed: unknown }>({ url: "", failed: null });
  useEffect(() => {
    let made = "";
    let isGone = false;
    setState({ url: "", failed: null });
    follow<Blob>(path, "blob").then(
      (blob) => !isGone && setState({ url: (made = URL.createObjectURL(blob)), failed: null }),
      (failed: unknown) => !isGone && setState({ url: "", failed }),
    );
    return () => {
      isGone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [path]);
  return state;
}
