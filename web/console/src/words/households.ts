// The register: households, their members and visits.
import type { Pairs } from "../../../src/i18n";

export const HOUSEHOLDS = {
  households: ["住户", "Households"],
  find_address: ["地址或处所名称", "Address or name of the premises"],
  of_grid: ["网格", "Grid"],
  with_care: ["需要的帮助", "Help that somebody needs"],
  any_care: ["不限", "Any"],
  no_households: ["没有符合条件的住户。", "No household fits."],
  page_of_households: ["本页 {n} 户", "{n:household|households} on this page"],
  household_address: ["地址", "Address"],
  household_kind: ["住户", "Kind"],
  premises_kind: ["处所", "Premises"],
  find_resident: ["按姓名查找", "Find by name"],
  find_resident_means: [
    "须输入完整姓名。每次查找都计为一次披露，并记入审计记录。",
    "Enter the whole name. Each search counts as a disclosure and is stored in the audit trail.",
  ],
  resident_name: ["居民姓名（完整）", "Whole name of a resident"],
  household_members: ["成员", "Members"],
  count_members: ["{n} 人", "{n:person|people}"],
  no_members: ["没有登记成员。", "No members are registered."],
  people_not_shown: ["您无权查看此户的居民和走访。", "You may not read the residents and visits of this household."],
  telephone_of: ["电话", "Telephone"],
  email_of: ["电子邮箱", "E-mail"],
  lives_here: ["居住在此", "Lives here"],
  registered_here: ["户籍在此", "Registered here"],
  not_known: ["不详", "Not known"],
  care_tags: ["关爱标签", "Care"],
  care_until: ["{what}（{purpose}，至 {day}）", "{what} ({purpose}, until {day})"],
  reveal: ["查看原文", "Show in full"],
  reveal_of: ["查看原文：{name}", "Show in full: {name}"],
  reveal_means: [
    "用途、说明和所看的内容将记入审计记录，每小时次数有限。",
    "Purpose, explanation and the fields are stored in the audit trail. The number an hour is limited.",
  ],
  reveal_fields: ["要看的内容", "What to show"],
  no_value: ["未登记", "Not registered"],
  consents: ["同意记录", "Consents"],
  consent_given: ["{what}（{way}，{at}）", "{what} ({way}, {at})"],
  consent_withdrawn: ["{at} 已撤回", "withdrawn {at}"],
  visits: ["走访", "Visits"],
  next_visit: ["下次走访", "Next visit"],
  visit_since: ["{day} 起", "from {day}"],
  visits_declined: ["{at} 起谢绝走访", "Visits declined since {at}"],
  has_moved_away: ["{at} 发现已搬离", "Found to have moved away {at}"],
  no_next_visit: ["没有安排", "None planned"],
  no_visits: ["没有走访记录。", "No visits are recorded."],
  care_done: ["完成关爱任务 {n} 项", "{n:care task|care tasks} done"],
  note_until: ["备注保存至 {day}", "The note is kept until {day}"],
  more_visits: ["更早的走访", "Earlier visits"],
  visit_photos: ["走访的照片", "Photos of the visit"],
} as const satisfies Pairs;

export const HOUSEHOLD_KIND: Pairs = {
  family: ["一般户", "Family"],
  collective: ["集体户", "Collective"],
};

export const PREMISES_KIND: Pairs = {
  dwelling: ["自住", "Lived in by the owner"],
  rental: ["出租房", "Rented out"],
  shop: ["店铺", "Shop"],
  enterprise: ["企业", "Company"],
  institution: ["机构", "Institution"],
  site: ["工地", "Building site"],
  vacant: ["空置", "Empty"],
};

export const VISIT_OUTCOME: Pairs = {
  done: ["已走访", "Visited"],
  nobody_home: ["无人在家", "Nobody at home"],
  refused_entry: ["不便进门", "No entry this time"],
  declined: ["谢绝走访", "Visits declined"],
  moved_away: ["已搬离", "Moved away"],
};

export const CONSENT_WAY: Pairs = {
  spoken: ["口头", "spoken"],
  written: ["书面", "in writing"],
  by_app: ["应用中", "in an app"],
  by_guardian: ["监护人", "by the guardian"],
};

/** Fields of a resident that can be shown in full. */
export const RESIDENT_FIELD: Pairs = {
  name: ["姓名", "Name"],
  phone: ["电话", "Telephone"],
  email: ["电子邮箱", "E-mail"],
  registered_at: ["户籍地", "Place of registration"],
  birth_year: ["出生年份", "Year of birth"],
};
