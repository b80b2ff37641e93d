// A button for what cannot be undone.
import { useState } from "preact/hooks";
import type { Mutation } from "../hooks/use-mutation";

/** A button that has to be pressed twice; after the first press it says what it will do. */
export function ConfirmButton(props: {
  text: string;
  confirmText: string;
  mutation: Mutation;
  onConfirm: () => void;
  testid: string;
  /** Appended for screen readers where several rows have the same button. */
  of?: string;
  isSmall?: boolean;
}) {
  const [isConfirming, setConfirming] = useState(false);
  return (
    <button
      type="button"
      class={`${isConfirming ? "grave main" : "grave"}${props.isSmall ? " small" : ""}`}
      disabled={props.mutation.isBusy}
      onBlur={() => setConfirming(false)}
      onClick={() => (isConfirming ? (setConfirming(false), props.onConfirm()) : setConfirming(true))}
      data-testid={props.testid}
    >
      {isConfirming ? props.confirmText : props.text}
      {props.of && <span class="unseen">: {props.of}</span>}
    </button>
  );
}
