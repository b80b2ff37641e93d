// A map symbol as an inline icon.
import type { Drawn } from "./map-symbols";

export function Sign(props: { of: Drawn }) {
  const { path, colour, mark } = props.of;
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} fill={colour} />
      {mark && <path d={mark} fill="#fff" />}
    </svg>
  );
}
