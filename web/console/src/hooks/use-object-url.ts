// Object URLs of files that need the access token.
import { useEffect, useState } from "preact/hooks";
import { followPath } from "../session";

/** Return an object URL for a path of the API, "" while it loads. `failed`: the error. */
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
