// A box on the map.
export type Box = readonly [west: number, south: number, east: number, north: number];

export const isInBox = (place: { lon: number; lat: number }, box: Box): boolean =>
  box[0] <= place.lon && place.lon <= box[2] && box[1] <= place.lat && place.lat <= box[3];
