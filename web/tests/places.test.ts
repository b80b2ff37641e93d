import { describe, expect, it } from "vitest";
import { addUsed, findPlaces, type KnownPlace, mergePlaces } from "../field/src/place-search";
import { placeWords } from "../src/place-words";
import { match } from "pinyin-pro";

const place = (zh: string, en?: string): KnownPlace => ({ name: en ? { zh, en } : { zh }, at: [120.1, 30.2] });
const names = (places: KnownPlace[]) => places.map(({ name }) => name.zh);
const byPinyin = (text: string, query: string) => match(text, query, { continuous: true }) !== null;

describe("place in words", () => {
  const near = { kind: "address", name: { zh: "古荡路12号", en: "12 Gudang Rd" }, distance_m: 35 };

  it("names the place and its distance in the language of the reader", () => {
    expect(placeWords("zh-CN", near)).toBe("古荡路12号附近，35\u00a0米");
    expect(placeWords("en", near)).toBe("near 12 Gudang Rd, 35\u00a0m");
  });

  it("is the name alone at the place itself, and empty without a place", () => {
    expect(placeWords("en", { ...near, distance_m: 5 })).toBe("12 Gudang Rd");
    expect(placeWords("zh-CN", null)).toBe("");
  });
});

describe("places on the phone", () => {
  const onPhone = ["古荡路120号", "古荡路12号", "天目街7号", "古荡新村3幢"].map((zh) => place(zh));

  it.each([
    ["古荡", ["古荡路12号", "古荡新村3幢", "古荡路120号"]],
    ["古荡路12号", ["古荡路12号"]],
    ["古荡路 12", ["古荡路12号", "古荡路120号"]],
    ["gudanglu12", ["古荡路12号", "古荡路120号"]],
    ["gdl120", ["古荡路120号"]],
    ["tmj", ["天目街7号"]],
    ["无名路", []],
  ])("are found by %s", (text, expected) => {
    expect(names(findPlaces(onPhone, [], text, byPinyin)).sort()).toEqual([...expected].sort());
  });

  it("are found by characters while the table of pinyin loads", () => {
    expect(names(findPlaces(onPhone, [], "天目", null))).toEqual(["天目街7号"]);
    expect(findPlaces(onPhone, [], "tmj", null)).toEqual([]);
  });

  it("begin with the last used ones, which are shown without a text", () => {
    const used = addUsed(addUsed([], place("天目街7号")), place("古荡路12号"));
    expect(names(findPlaces(onPhone, used, "", byPinyin))).toEqual(["古荡路12号", "天目街7号"]);
    expect(names(addUsed(used, place("天目街7号")))).toEqual(["天目街7号", "古荡路12号"]);
    expect(names(findPlaces(onPhone, used, "古荡路", byPinyin))[0]).toBe("古荡路12号");
  });

  it("come before those of the server, each once", () => {
    const merged = mergePlaces([place("古荡路12号")], [place("古荡路12号", "12 Gudang Rd"), place("古荡路14号")]);
    expect(names(merged)).toEqual(["古荡路12号", "古荡路14号"]);
  });
});
