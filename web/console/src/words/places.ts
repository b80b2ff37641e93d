// Places in words, and the page of a new case.
import type { Pairs } from "../../../src/i18n";

export const PLACES = {
  place_search: ["搜索地点", "Search for a place"],
  place_search_hint: ["街道、门牌号、地标或网格", "Street, number, landmark or grid"],
  place_none: ["没有找到地点", "No place found"],
  place_kind_address: ["地址", "Address"],
  place_kind_landmark: ["地标", "Landmark"],
  place_kind_street: ["道路", "Street"],
  place_kind_compound: ["小区", "Compound"],
  place_kind_grid: ["网格", "Grid"],
  place_kind_area: ["区域", "Area"],
  place_kind_component: ["部件", "Component"],
  new_case: ["新建案卷", "New case"],
  new_case_place: ["已选地点：{place}", "Place: {place}"],
  new_case_no_place: ["请搜索地点或在地图上点选。", "Search for a place or press it on the map."],
  answer_needed: ["（必答）", "(needed)"],
  answers_missing: ["请回答：{names}", "Answer: {names}"],
  new_case_description: ["情况描述", "Description"],
  new_case_send: ["上报", "Report"],
  map_of_place: ["案卷地点地图", "Map of the place"],
} as const satisfies Pairs;
