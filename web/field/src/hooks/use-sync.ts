// The state of synchronisation.
import { useEffect, useState } from "preact/hooks";
import { sync, type SyncState } from "../sync";

export function useSyncState(): SyncState {
  const [state, setState] = useState(sync.state);
  useEffect(() => {
    // A round may have ended between the first render and this effect.
    setState(sync.state);
    return sync.onChange(() => setState(sync.state));
  }, []);
  return state;
}
