// The live map.
import type { Pairs } from "../../../src/i18n";

export const MAP = {
  map_of: ["我的区域地图", "Map of my areas"],
  map_help: [
    "方向键移动，加减号缩放；在列表中选中的案卷会在图上圈出。",
    "Arrow keys move the map, plus and minus zoom. A case selected in the list is circled on the map.",
  ],
  zoom_in: ["放大", "Zoom in"],
  zoom_out: ["缩小", "Zoom out"],
  here: ["本视野内的在办案卷", "Open cases in view"],
  more_in_view: ["另有 {n} 件，请放大地图或筛选。", "{n} more: zoom in or filter."],
  too_many_open: ["在办案卷超过 {n} 件，仅显示最新的一部分。", "More than {n} open cases: only the newest are shown."],
  legend: ["图例与筛选", "Legend and filter"],
  unit_areas: ["责任单位区域", "Areas of owning units"],
  on_duty_key: ["在岗人员", "On duty"],
  cluster_key: ["多件案卷（“!”为超期件数）", "Several cases (“!”: number overdue)"],
  workers_on_duty: ["在岗人员位置", "Positions of workers on duty"],
  show_workers: ["显示在岗人员", "Show workers on duty"],
  show_again: ["重新定位", "Locate again"],
  hide_workers: ["隐藏人员", "Hide workers"],
  workers_shown: ["{n} 人有位置，{m} 人无位置", "With a position: {n}. Without: {m}."],
  in_hand: ["在手 {n}/{m}", "Open cases: {n} of {m}"],
  no_place: ["无位置", "no position"],
  age: ["{span}前", "{span} ago"],
} as const satisfies Pairs;
