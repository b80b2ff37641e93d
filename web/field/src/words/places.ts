// Where a case is, the way there, and its photos.
import type { Pairs } from "../../../src/i18n";

export const PLACES = {
  map_credits: ["显示地图版权信息", "Show the sources of the map"],
  map_zoom_in: ["放大", "Zoom in"],
  map_zoom_out: ["缩小", "Zoom out"],
  place_search: ["输入地址或地标", "Type an address or landmark"],
  place_search_hint: ["如：古荡路12号", "Such as gudanglu12"],
  place_none: ["没有找到地点", "No place found"],
  place_chosen: ["已按地址设定", "Set by address"],
  place_near: ["{building}附近", "near {building}"],
  sort_by: ["排序", "Order"],
  sort_due: ["按时限", "By due time"],
  from_you: ["距您 {way}", "{way} from you"],
  sort_way: ["按距离", "By distance"],
  no_own_position: ["手机无法定位，仍按时限排序。", "The phone gives no position: ordered by due time."],
  navigate: ["导航", "Navigate"],
  amap: ["高德地图", "Amap"],
  baidu: ["百度地图", "Baidu Maps"],
  my_position: ["我的位置", "My position"],
  no_position_on_map: [
    "手机无法定位，地图上没有您的位置。",
    "The phone gives no position: the map does not show yours.",
  ],
  map_legend: ["蓝点：我的位置；红色标记：案卷地点", "Blue dot: my position. Red pin: the case"],
  map_dots: [
    "圆点：案卷（颜色为状态）、部件（绿）、住户（棕）",
    "Dots: cases by state, components (green), households (brown)",
  ],
  map_offline: [
    "没有网络：图上只有本机保存的底图和标记",
    "No network: the map shows the base map that is on this phone, and the pins",
  ],
  no_base_map: ["未设置底图，图上没有街道", "No base map is set up: the map shows no streets"],
  base_map_stored: [
    "底图已存本机：您的网格及周边，{n} MB，没有网络也能看",
    "Base map on this phone: your grids and around them, {n} MB. It works without a network",
  ],
  case_photos: ["案卷照片", "Photos of the case"],
  photos_n: ["照片 {n}", "{n:photo|photos}"],
  no_photo_before: ["没有处置前的照片", "No photo from before"],
  photo_not_here: ["没有网络，照片不在本机", "No network: the photo is not on this phone"],
  photo_previous: ["上一张", "Previous"],
  photo_next: ["下一张", "Next"],
  close: ["关闭", "Close"],
} as const satisfies Pairs;
