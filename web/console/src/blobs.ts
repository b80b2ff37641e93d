// Files that only the API gives, with our token: shown in the page, or saved by the browser.
import { useEffect, useState } from "preact/hooks";
import { follow } from "./session";

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

const SAVED_MS = 60_000;

/** Let the browser save a file. */
export function keep(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser begins to read it after the click.
  setTimeout(() => URL.revokeObjectURL(url), SAVED_MS);
}
