// Tiles of web maps (Web Mercator): their names, and where a place lies among them. Pure functions.

/** Return zoom, column and row of a name such as "15/27312/13541". */
export function tileNumbers(name: string): [number, number, number] {
  const [zoom = 0, column = 0, row = 0] = name.split("/").map(Number);
  return [zoom, column, row];
}

/** Return the position of a place in tiles of a zoom, counted from the north-west corner of the world. */
export function tilePosition(lon: number, lat: number, zoom: number): [number, number] {
  const across = 2 ** zoom;
  return [((lon + 180) / 360) * across, ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * across];
}
