// Where a map begins: around areas.
import type { Geometry } from "geojson";
import { type Box, boundsAround } from "../../../src/bounds";
import { callApi, client } from "../session";

const AREAS_MAX = 8;

/** Return the bounds of these areas, or of all districts if there are none. */
export async function boundsOfAreas(areas: string[]): Promise<Box | null> {
  const shapes = areas.length
    ? await Promise.all(
        areas
          .slice(0, AREAS_MAX)
          .map((area_id) => callApi(client.GET("/api/v1/areas/{area_id}", { params: { path: { area_id } } }))),
      )
    : ((await callApi(client.GET("/api/v1/areas", { params: { query: { level: "district", limit: 20 } } }))).features ??
      []);
  return boundsAround(...shapes.map((shape) => shape.geometry as Geometry | null));
}
