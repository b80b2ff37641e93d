// The file of the vector base map on the server, of which tiles are read by byte ranges.
import { FetchSource, PMTiles } from "pmtiles";
import type { VectorMap } from "./definition";

export const openArchive = (base: VectorMap): PMTiles =>
  new PMTiles(new FetchSource(new URL(base.url, document.baseURI).href));
