// A button that runs its action once, also when it is pressed twice.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

/** Time until the page shows the result; the second press of a double press comes sooner. */
const QUIET_MS = 500;

/** A ref blocks at once, before the next render. The button keeps the focus: it is marked as disabled by aria-disabled only. */
export function ActionButton(props: {
  onPress: () => Promise<unknown>;
  class?: string;
  disabled?: boolean;
  "data-testid"?: string;
  "aria-label"?: string;
  children: ComponentChildren;
}) {
  const { onPress, children, ...buttonProps } = props;
  const running = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const press = async () => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    try {
      await onPress();
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return (
    <button type="button" {...buttonProps} aria-disabled={isBusy} onClick={() => void press()}>
      {children}
    </button>
  );
}
