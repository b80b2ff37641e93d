// A map symbol as an inline icon.
import type { MapSymbol } from "./map-symbols";

export function SymbolIcon(props: { symbol: MapSymbol }) {
  const { path, colour, mark } = props.symbol;
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} fill={`var(${colour})`} />
      {mark && <path d={mark} fill="var(--on-main)" />}
    </svg>
  );
}
