// A map on which a place is pressed. The chosen place has a ring; a place that was typed is shown in the middle.
import type { GeoJSONSource, Map as Drawn } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT } from "../../../src/api/http";
import { addBaseMap } from "../../../src/base-map/base-map";
import { boundsAround } from "../../../src/bounds";
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { casesMapStyle, UNCLUSTERED_ZOOM } from "../map/map-style";
import { openMap, type OpenMap } from "../map/maplibre";
import { callApi, client } from "../session";
import type { Geometry } from "geojson";

export default function PlacePickerMap(props: {
  at: [number, number] | null;
  onPick: (at: [number, number]) => void;
  onTrouble: (error: unknown) => void;
}) {
  const t = useTranslation();
  const me = useMe();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Drawn | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let opened: OpenMap | null = null;
    let isGone = false;
    const draw = async () => {
      const shapes = await Promise.all(
        me.areas
          .slice(0, 4)
          .map(({ id: area_id }) => callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } }))),
      );
      if (isGone || !box.current) return;
      opened = await openMap({
        place: box.current,
        style: () => casesMapStyle(`${ROOT}/ogc`, t.language),
        bounds: boundsAround(...shapes.map((shape) => shape.geometry as Geometry | null)),
        padding: 20,
        title: t("map_of_place"),
        t,
        onTrouble: (error) => latest.current.onTrouble(error),
      });
      if (isGone) return opened.close();
      const drawn = opened.map;
      addBaseMap(drawn, t.language).catch((error: unknown) => latest.current.onTrouble(error));
      drawn.on("load", () => setMap(drawn));
      drawn.on("click", ({ lngLat }) => latest.current.onPick([lngLat.lng, lngLat.lat]));
    };
    draw().catch((error: unknown) => latest.current.onTrouble(error));
    return () => {
      isGone = true;
      opened?.close();
    };
  }, []);
  useEffect(() => {
    if (!map || !props.at) return;
    const features = [
      { type: "Feature" as const, geometry: { type: "Point" as const, coordinates: props.at }, properties: {} },
    ];
    void map.getSource<GeoJSONSource>("chosen")?.setData({ type: "FeatureCollection", features });
    if (!map.getBounds().contains(props.at) || map.getZoom() < UNCLUSTERED_ZOOM)
      map.jumpTo({ center: props.at, zoom: Math.max(map.getZoom(), UNCLUSTERED_ZOOM) });
    box.current?.setAttribute("data-at", props.at.join());
  }, [map, props.at?.join()]);
  return <div class="map" ref={box} data-testid="place-map" />;
}
