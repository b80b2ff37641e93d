// A small SVG map of a place among the surrounding grids. It can be printed and needs no WebGL.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";

type Ring = [number, number][];
type Shape = { type: "MultiPolygon"; coordinates: Ring[][] } | { type: "Polygon"; coordinates: Ring[] };

const ringsOf = (shape: Shape): Ring[] => (shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat());

export function PlaceOutline(props: { geometry: Shape; name: string }) {
  const t = useTranslation();
  const points = ringsOf(props.geometry).flat();
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  const pad = Math.max(Math.max(...lons) - Math.min(...lons), Math.max(...lats) - Math.min(...lats), 0.002) * 0.6;
  const box = [
    Math.min(...lons) - pad,
    Math.min(...lats) - pad,
    Math.max(...lons) + pad,
    Math.max(...lats) + pad,
  ] as const;
  const bbox = box.map((side) => side.toFixed(5)).join(",");
  const around = useQuery(
    () => callApi(client.GET("/api/v1/areas", { params: { query: { bbox, level: "grid", limit: 100 } as never } })),
    `around ${bbox}`,
    false,
  );
  // A degree of longitude is shorter than one of latitude by the cosine.
  const narrow = Math.cos((((box[1] + box[3]) / 2) * Math.PI) / 180);
  const wide = (box[2] - box[0]) * narrow;
  const high = box[3] - box[1];
  const path = (shape: Shape) =>
    ringsOf(shape)
      .map(
        (ring) =>
          `M${ring.map(([lon, lat]) => `${(((lon - box[0]) * narrow) / wide) * 400},${((box[3] - lat) / high) * ((400 * high) / wide)}`).join("L")}Z`,
      )
      .join("");
  return (
    <section aria-labelledby="where">
      <h2 id="where">{t("where_it_is")}</h2>
      <svg
        class="outline"
        viewBox={`0 0 400 ${Math.round((400 * high) / wide)}`}
        role="img"
        aria-label={`${t("where_it_is")}: ${props.name}`}
        data-testid="outline"
      >
        {around.data?.features?.map(
          (area) => area.geometry && <path key={area.id} class="grid" d={path(area.geometry as Shape)} />,
        )}
        <path class="place" d={path(props.geometry)} />
      </svg>
    </section>
  );
}
