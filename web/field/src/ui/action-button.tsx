// The button of every act: pressed twice, it acts once.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

/** Until the page shows what was done; the second touch of two comes sooner. */
const QUIET_MS = 500;

/** Guarded at once and not by the next drawing. It keeps the focus, so it is called disabled and is not. */
export function ActionButton(props: { onPress: () => Promise<unknown>; class?: string; disabled?: boolean; "data-testid"?: string; children: ComponentChildren }) {
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
