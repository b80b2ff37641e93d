// The plan of the day.
import type { Pairs } from "../../../src/i18n";

export const DAY = {
  day: ["今日", "Today"],
  plan_of: ["今日计划 {day}", "Plan for today, {day}"],
  no_plan: ["今天还没有计划", "No plan for today yet"],
  plan_empty: ["今天没有安排", "Nothing is planned today"],
  plan_now: ["安排今日计划", "Plan my day"],
  plan_again: ["从这里重新安排", "Plan again from here"],
  plan_asking: ["安排中…", "Planning…"],
  plan_made: ["已重新安排", "Planned again"],
  plan_place_used: [
    "您此刻的位置只用于排定先后，不保存。",
    "Your present position is used only for the order and is not stored.",
  ],
  plan_map: ["在地图上看今日计划", "Show today's plan on the map"],
  plan_left_out: ["今天排不下（{n}）", "Does not fit today ({n})"],
  plan_more_due: ["另有 {n} 户到期，今天未考虑", "{n:more household is|more households are} due, not considered today"],
  plan_advice: ["{at} 排定，仅供参考，先后可自行决定。", "Planned {at}. This is advice: you decide the order."],
  plan_advice_guess: [
    "{at} 排定，路程按直线估算，仅供参考。",
    "Planned {at} with straight-line distances. This is advice: you decide the order.",
  ],
  plan_way: ["路程约 {n} 分", "about {n} min away"],
  plan_pinned: ["已定", "Fixed"],
  plan_done: ["已完成", "Done"],
  stop_visit: ["走访", "Visit"],
  stop_verify: ["核实", "Verify"],
  stop_handle: ["处置", "Handle"],
  stop_check: ["核查", "Check"],
  stop_patrol: ["巡查", "Patrol"],
  patrol_place: ["近期未巡查的地方", "Not patrolled recently"],
  stop_break: ["休息", "Break"],
  stop_gap: ["离岗时段", "Off duty"],
} as const satisfies Pairs;
