// Object URLs of blobs in the local store.
import { useEffect, useState } from "preact/hooks";

/** An address for bytes of the phone, while they are shown. */
export function useBlob(blob: Blob, id: string): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [id]);
  return url;
}
