// A small SVG map of a place and the grids that it touches, each of them whole. It can be printed and needs no WebGL.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { boxAround, fitInto, type Shape, svgPath } from "./outline-geometry";

const WIDTH = 400;
const MAX_HEIGHT = 480;
/** Degrees around the place in which grids are looked for. */
const NEAR = 0.0005;

export function PlaceOutline(props: { geometry: Shape; name: string }) {
  const t = useTranslation();
  const [west, south, east, north] = boxAround([props.geometry]);
  const bbox = [west - NEAR, south - NEAR, east + NEAR, north + NEAR].map((side) => side.toFixed(5)).join(",");
  const around = useQuery(
    () => callApi(client.GET("/api/v1/areas", { params: { query: { bbox, level: "grid", limit: 100 } as never } })),
    `around ${bbox}`,
    false,
  );
  const grids = (around.data?.features ?? []).filter((area) => area.geometry);
  const fitted = fitInto(
    boxAround([props.geometry, ...grids.map((area) => area.geometry as Shape)]),
    WIDTH,
    MAX_HEIGHT,
  );
  return (
    <section aria-labelledby="where">
      <h2 id="where">{t("where_it_is")}</h2>
      <svg
        class="outline"
        viewBox={`0 0 ${fitted.width} ${fitted.height}`}
        role="img"
        aria-label={`${t("where_it_is")}: ${props.name}`}
        data-testid="outline"
      >
        {grids.map((area) => (
          <path key={area.id} class="grid" d={svgPath(area.geometry as Shape, fitted)} />
        ))}
        <path class="place" d={svgPath(props.geometry, fitted)} />
      </svg>
    </section>
  );
}
