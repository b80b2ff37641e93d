// Object URLs of blobs in the local store.
import { useEffect, useState } from "preact/hooks";

/** An address for bytes of the phone, while they are shown. */
export function useBlobUrl(blob: Blob, id: string): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const objectUrl = URL.createObjectURL(blob);
    setUrl(objectUrl);
    return () => URL.revokeObjectURL(objectUrl);
  }, [id]);
  return url;
}
