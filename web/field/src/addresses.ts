// Short addresses: the building, and what lies within it. Pure functions.

/** The parts of an address, as in the row of premises; `无` or null: there is no such part. */
export type AddressParts = Partial<Record<"compound" | "building" | "unit" | "room", string | null>>;

export type ShortAddress = {
  /** Compound and building, such as `古荡小区3幢`; premises of one building have the same. */
  building: string;
  /** Staircase and room within the building; empty if the address ends with the building. */
  room: string;
};

const ABSENT = "无";
// The end of the building within an address as one text: 3幢, 5号楼, or the number of a house in a street, also with 12幢 behind it.
const BUILDING_END = /^(.*?(?:[0-9A-Z]+(?:幢|栋|座|号楼)|[0-9]+号(?!楼|院)(?:[0-9A-Z]+(?:幢|栋|座|号楼))?))(.*)$/;

// From the province or city, or from the district and street, to the community. A district alone is no prefix: 小区 ends like it.
const DIVISION =
  /^(?:(?:[一-鿿]{2,8}?(?:省|自治区))?[一-鿿]{2,8}?市[一-鿿]{1,8}?(?:(?<!小)区|县)(?:[一-鿿]{1,8}?(?:街道|镇|乡))?|[一-鿿]{1,8}?(?:(?<!小)区|县)[一-鿿]{1,8}?(?:街道|镇|乡))(?:[一-鿿]{1,8}?社区)?/;

/** Return the building and the room of premises. `address`: the address as one text; `parts`: null if the reader has none. */
export function shortAddress(address: string, parts: AddressParts | null | undefined): ShortAddress {
  const part = (name: keyof AddressParts) => {
    const text = parts?.[name] ?? "";
    return text === ABSENT ? "" : text;
  };
  const building = part("compound") + part("building");
  if (building !== "") return { building, room: part("unit") + part("room") };
  const short = address.replace(DIVISION, "") || address;
  const match = BUILDING_END.exec(short);
  return match ? { building: match[1]!, room: match[2]!.trim() } : { building: short, room: "" };
}

/** Group items by building: the groups in the order of their first item, the items in their own order. */
export function groupByBuilding<T extends { building: string }>(items: T[]): { building: string; items: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.building);
    if (group) group.push(item);
    else groups.set(item.building, [item]);
  }
  return [...groups].map(([building, grouped]) => ({ building, items: grouped }));
}
