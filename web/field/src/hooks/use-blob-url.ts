// Object URLs of blobs in the local store.
import { useEffect, useState } from "preact/hooks";

/** Return an object URL for a blob while the component is mounted. */
export function useBlobUrl(blob: Blob, id: string): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const objectUrl = URL.createObjectURL(blob);
    setUrl(objectUrl);
    return () => URL.revokeObjectURL(objectUrl);
  }, [id]);
  return url;
}
