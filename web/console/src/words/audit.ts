// Who did, saw, exported or unmasked what, and why.
import type { Pairs } from "../../../src/i18n";

export const AUDIT = {
  menu_records: ["记录", "Records"],
  audit_means: [
    "谁操作、查看、导出了什么或查看了个人信息，以及用途。查阅本页也会记入审计。",
    "Who changed, read or exported what, or disclosed personal fields, and for which purpose. Reading this page is recorded too.",
  ],
  audit_who: ["操作人", "Actor"],
  audit_about: ["涉及的人", "Person concerned"],
  audit_what: ["操作", "Action"],
  audit_entity: ["对象种类", "Kind of object"],
  audit_purpose: ["用途中的文字", "Text in the purpose"],
  audit_since: ["自", "From"],
  audit_until: ["至", "Until"],
  audit_why: ["用途", "Purpose"],
  audit_of_actor: ["操作人：{name}", "Actions of {name}"],
  audit_of_row: ["对象：{name}", "Actions on {name}"],
  audit_drop: ["去掉此条件：{what}", "Remove this filter: {what}"],
  audit_this_actor: ["只看此人的操作", "only actions of this person"],
  audit_this_row: ["只看对此对象的操作", "only actions on this object"],
  audit_page: ["本页 {n} 条", "{n:event|events} on this page"],
  audit_details: ["细节", "Details"],
  audit_sheet: ["导出为表格", "Export as a sheet"],
  audit_reason: ["导出原因（记入审计）", "Reason for the export (recorded in the audit trail)"],
} as const satisfies Pairs;

export const ENTITY: Pairs = {
  account: ["账号", "Account"],
  worker: ["外勤人员", "Worker"],
  incident: ["案卷", "Case"],
  reporter: ["上报人", "Reporter"],
  resident: ["居民", "Resident"],
  household: ["住户", "Household"],
  premises: ["处所", "Premises"],
  area: ["区域", "Area"],
  unit: ["单位", "Unit"],
  jurisdiction: ["辖区", "Jurisdiction"],
  export_run: ["导出", "Export"],
  import_run: ["导入", "Import"],
  audit: ["审计记录", "Audit trail"],
  shift: ["班次", "Shift"],
  responsibility: ["网格责任", "Responsibility"],
  signal: ["信号", "Signal"],
  media: ["照片或录音", "Photo or voice note"],
};

export const ACT: Pairs = {
  "personal.disclose": ["查看个人信息", "Disclosed personal fields"],
  "worker.compare": ["比较人员距离", "Compared distances of workers"],
  "worker.locate": ["查看人员位置", "Located workers"],
  "worker.track": ["查看轨迹", "Read a track"],
  "export.download": ["下载导出文件", "Downloaded an export"],
  "export.request": ["申请导出", "Requested an export"],
  "evaluation.export": ["导出月度评价", "Exported a monthly evaluation"],
  "export.approve": ["批准导出", "Approved an export"],
  "import.run": ["导入", "Imported"],
  "audit.read": ["查阅审计记录", "Read the audit trail"],
  "audit.export": ["导出审计记录", "Exported the audit trail"],
  "account.grant": ["授予角色", "Granted a role"],
  "account.create": ["新建账号", "Created an account"],
  "incident.override": ["越过规则指派", "Assigned against the rules"],
};
