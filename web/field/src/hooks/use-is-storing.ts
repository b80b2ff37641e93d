// Whether photos or voice notes of a case are being stored on the phone.
import { useEffect, useState } from "preact/hooks";
import { isStoring, onStoring } from "../media-storing";

export function useIsStoring(incident: string): boolean {
  const [value, setValue] = useState(isStoring(incident));
  useEffect(() => {
    const update = () => setValue(isStoring(incident));
    update();
    return onStoring(update);
  }, [incident]);
  return value;
}
