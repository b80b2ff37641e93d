// Links that open a place in a map app of the phone. Our coordinates are WGS 84; each app takes its own system. Pure functions.
import gcoord from "gcoord";

/** `geo`: any map app (RFC 5870, WGS 84). `amap`: takes GCJ-02. `baidu`: takes BD-09. */
export type MapAppLinks = { geo: string; amap: string; baidu: string };

const DIGITS = 6; // of a degree: a tenth of a metre

/** Return the links to a place. `at`: longitude, latitude, WGS 84. `label`: the name of the place that the app shows. */
export function mapAppLinks(at: [number, number], label: string): MapAppLinks {
  const [lon, lat] = fixed(at);
  const [gcjLon, gcjLat] = fixed(gcoord.transform(at, gcoord.WGS84, gcoord.GCJ02));
  const [bdLon, bdLat] = fixed(gcoord.transform(at, gcoord.WGS84, gcoord.BD09));
  // In a geo link the label stands in parentheses.
  const geoLabel = encodeURIComponent(label.replace(/[()]/g, " ").trim());
  const name = encodeURIComponent(label);
  return {
    geo: `geo:${lat},${lon}?q=${lat},${lon}${geoLabel && `(${geoLabel})`}`,
    amap: `https://uri.amap.com/navigation?to=${gcjLon},${gcjLat},${name}&mode=walk&coordinate=gaode&callnative=1&src=gridward`,
    baidu: `https://api.map.baidu.com/marker?location=${bdLat},${bdLon}&title=${name}&content=${name}&coord_type=bd09ll&output=html&src=webapp.gridward`,
  };
}

const fixed = ([lon, lat]: readonly number[]): [string, string] => [lon!.toFixed(DIGITS), lat!.toFixed(DIGITS)];
