// The colours of layers that are drawn.
import type { LayerSpecification, Map as Drawn } from "maplibre-gl";

/** Give the layers of a map the colours of `layers` with the same ids; their data stays. */
export function repaint(map: Drawn, layers: readonly LayerSpecification[]): void {
  for (const layer of layers)
    if (map.getLayer(layer.id))
      for (const [name, value] of Object.entries(layer.paint ?? {}))
        map.setPaintProperty(layer.id, name as never, value as never);
}
