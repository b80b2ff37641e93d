// Service accounts, their credentials, and webhooks.
import type { Pairs } from "../../../src/i18n";

export const MACHINES = {
  menu_systems: ["系统对接", "Other systems"],
  service_accounts: ["服务账号", "Service accounts"],
  service_accounts_mean: [
    "其他系统、设备和门户用服务账号调用接口。服务账号没有密码，凭证只显示一次。",
    "Other systems, devices and portals call the API with a service account. It has no password; a credential is shown once.",
  ],
  no_service_accounts: ["没有服务账号。", "There are no service accounts."],
  page_of_service_accounts: ["本页 {n} 个服务账号", "{n:service account|service accounts} on this page"],
  new_service_account: ["新建服务账号", "Create a service account"],
  service_name: ["名称", "Name"],
  client_id: ["客户端标识", "Client id"],
  service_kind: ["种类", "Kind"],
  service_purpose: ["用途和负责人", "Purpose, and who answers for it"],
  service_may: ["权限与范围", "Permissions and areas"],
  permissions: ["权限", "Permissions"],
  service_areas: ["适用区域", "Areas in which they hold"],
  add_area: ["添加区域", "Add an area"],
  save_changes: ["保存修改", "Save the changes"],
  really_disable_service: [
    "确认停用：立即停止服务并吊销所有凭证",
    "Yes, refuse its requests now and revoke all credentials",
  ],

  credentials: ["凭证", "Credentials"],
  no_credentials: ["没有有效的凭证，此账号不能调用接口。", "No valid credentials: this account can call nothing."],
  live_credentials: ["有效凭证：{n}", "{n:valid credential|valid credentials}"],
  credential_label: ["用于哪个设备或程序", "Device or program"],
  credential_form: ["形式", "Form"],
  new_credential: ["新建凭证", "Create a credential"],
  life_days: ["有效天数（空白为默认）", "Days of validity (empty: the default)"],
  public_key_jwk: ["公钥（JSON Web Key）", "Public key (JSON Web Key)"],
  not_a_key: ["请粘贴 JSON 格式的公钥", "Paste a public key as a JSON object"],
  credential_once: ["凭证（只显示这一次）：", "The credential (shown only once):"],
  key_stored: ["公钥已保存。", "The public key was stored."],
  credential_revoked: ["凭证已吊销。", "The credential was revoked."],
  really_revoke: ["确认吊销：立即失效", "Yes, revoke it now"],
  revoked_at: ["{at} 已吊销", "Revoked {at}"],
  was_rotated: ["已轮换", "Rotated"],
  show_ended: ["显示已失效的", "Show ended ones"],
  rotate: ["轮换", "Rotate"],
  rotate_of: ["轮换凭证：{name}", "Rotate the credential: {name}"],
  rotate_means: [
    "生成形式和期限相同的新凭证。旧凭证在重叠期内仍有效，以便客户端更换。",
    "Makes a new credential with the same form and lifetime. The old one stays valid during the overlap, so that the client can change over.",
  ],
  overlap_days: ["重叠天数（0 为立即失效）", "Days of overlap (0: the old one ends at once)"],

  webhooks: ["事件推送", "Webhooks"],
  webhooks_mean: [
    "您的账号的订阅：案卷的每一步按顺序推送到其他系统。只推送您有权查看的案卷。",
    "Subscriptions of your account: each step of a case is sent to another system, in order. Only cases that you may see are sent.",
  ],
  no_webhooks: ["没有订阅。", "There are no subscriptions."],
  count_webhooks: ["{n} 个订阅", "{n:subscription|subscriptions}"],
  new_webhook: ["新建订阅", "Create a subscription"],
  edit_webhook: ["修改订阅", "Change the subscription"],
  webhook_url: ["接收地址（https）", "URL of the receiver (https)"],
  webhook_receiver: ["接收地址", "Receiver"],
  answered_status: ["接收方答复 {n}", "The receiver answered {n}"],
  webhook_description: ["用途", "Purpose"],
  webhook_types: ["事件（不选为全部）", "Events (none chosen: all)"],
  webhook_categories: ["类别编码，用逗号分隔（空白为全部）", "Codes of categories, separated by commas (empty: all)"],
  webhook_area: ["区域", "Area"],
  all_events: ["全部事件", "All events"],
  all_categories: ["全部类别", "All categories"],
  webhook_filter: ["内容", "What is sent"],
  webhook_last_success: ["最近成功", "Last success"],
  webhook_waiting: ["待发送", "Waiting"],
  webhook_dead: ["死信", "Dead letters"],
  failing_since: ["{at} 起失败", "Failing since {at}"],
  next_attempt: ["下次尝试 {at}", "next attempt {at}"],
  webhook_secret_once: ["签名密钥（只显示这一次）：", "Key of the signatures (shown only once):"],
  new_secret: ["更换签名密钥", "Make a new secret"],
  really_new_secret: ["确认更换：旧密钥再签名 24 小时", "Yes, make a new one; the old one signs for 24 hours more"],
  pause_webhook: ["暂停", "Pause"],
  activate_webhook: ["恢复", "Resume"],
  end_webhook: ["删除订阅", "End the subscription"],
  really_end_webhook: ["确认删除：不再推送，消息将清除", "Yes, send nothing more and delete its messages"],
  send_test: ["发送测试", "Send a test"],
  test_sent: ["测试消息已排队，结果见下表。", "The test message was queued. Its result is in the table below."],
  deliveries: ["消息", "Messages"],
  count_deliveries: ["本页 {n} 条消息", "{n:message|messages} on this page"],
  no_deliveries: ["没有消息。", "No messages."],
  delivery_event: ["事件", "Event"],
  delivery_case: ["案卷", "Case"],
  open_case: ["打开", "Open"],
  attempts: ["尝试次数", "Attempts"],
  delivery_reason: ["失败原因", "Why it failed"],
  replay: ["重新发送", "Send again"],
  replay_of: ["{at} 的消息", "message of {at}"],
  replay_dead: ["重新发送全部死信", "Send all dead letters again"],
  replayed: ["已有 {n} 条消息重新排队。", "{n:message waits|messages wait} to be sent again."],
  reload: ["刷新", "Refresh"],
} as const satisfies Pairs;

export const SERVICE_KIND: Pairs = {
  system: ["系统", "System"],
  sensor: ["设备", "Sensor"],
  portal: ["门户", "Portal"],
};

/** What a service account can hold. */
export const SERVICE_PERMISSION: Pairs = {
  "incident:report": ["上报案卷", "Report cases"],
  "incident:read": ["查看案卷", "Read cases"],
  "media:add": ["上传照片和录音", "Upload photos and voice notes"],
  "figures:read": ["查看统计", "Read figures"],
  "area:read": ["查看区域", "Read areas"],
  "address:read": ["查看地址", "Read addresses"],
  "component:read": ["查看部件", "Read components"],
  "component:edit": ["修改部件", "Change components"],
  "household:read": ["查看处所和住户", "Read premises and households"],
  "worker:read": ["查看外勤人员", "Read workers"],
  "audit:read": ["查看审计记录", "Read the audit trail"],
};

export const CREDENTIAL_FORM: Pairs = {
  api_key: ["API 密钥", "API key"],
  client_secret: ["客户端密钥（OAuth 2.0）", "Client secret (OAuth 2.0)"],
  public_key: ["公钥（签名断言）", "Public key (signed assertions)"],
};

export const WEBHOOK_STATE: Pairs = {
  active: ["推送中", "Active"],
  paused: ["已暂停", "Paused"],
};

export const PAUSE_REASON: Pairs = {
  by_person: ["由人暂停", "paused by a person"],
  failing: ["连续多日失败", "every attempt has failed for days"],
  gone: ["接收方已撤销（410）", "the receiver answered 410"],
  not_permitted: ["账号已无权订阅", "the account may not subscribe any more"],
};

export const DELIVERY_STATE: Pairs = {
  waiting: ["待发送", "Waiting"],
  sent: ["已送达", "Delivered"],
  dropped: ["不再有权查看", "Dropped: the case may not be seen any more"],
  dead: ["死信", "Dead letter"],
};

export const EVENT_TYPE: Pairs = {
  "case.reported": ["上报", "Reported"],
  "case.joined": ["补充上报", "Further report"],
  "case.verified": ["核实", "Verified"],
  "case.filed": ["立案", "Filed"],
  "case.not_filed": ["不予立案", "Not filed"],
  "case.dispatched": ["派遣", "Dispatched"],
  "case.waiting": ["待派遣", "Waiting"],
  "case.accepted": ["接受", "Accepted"],
  "case.declined": ["谢绝或逾时", "Declined or expired"],
  "case.started": ["开始处置", "Started"],
  "case.fed_back": ["反馈", "Feedback submitted"],
  "case.checked": ["核查", "Checked"],
  "case.returned": ["退回", "Returned"],
  "case.deferred": ["缓办或挂账", "Deferred or on hold"],
  "case.resumed": ["恢复", "Resumed"],
  "case.extended": ["延期", "Extended"],
  "case.overdue": ["临期或超期", "Near or past a deadline"],
  "case.directed": ["督办", "Order of a supervisor"],
  "case.corrected": ["更正", "Corrected"],
  "case.moved": ["位置变更", "Moved"],
  "case.linked": ["关联或合并", "Linked or merged"],
  "case.noted": ["备注或回复", "Note or reply"],
  "case.closed": ["结案", "Closed"],
  "case.force_closed": ["强制结案", "Force-closed"],
  "case.contested": ["对结果有异议", "Contested"],
  "case.reopened": ["重新打开", "Reopened"],
  "webhook.test": ["测试消息", "Test message"],
  "webhook.gap": ["有事件缺失", "Events are missing"],
};

/** Codes of the outgoing client; `status 500` is shown with its number. */
export const DELIVERY_REASON: Pairs = {
  timeout: ["接收方未在时限内答复", "The receiver did not answer in time"],
  host: ["地址找不到或不允许", "The host was not found, or is not allowed"],
  connection: ["无法连接", "No connection"],
  tls: ["加密连接失败", "The encrypted connection failed"],
  redirect: ["接收方要求转到其他地址", "The receiver redirects to another address"],
  scheme: ["地址须为 https", "The URL is not https"],
  port: ["端口不允许", "The port is not allowed"],
  malformed: ["答复无法读取", "The answer could not be read"],
  not_visible: ["账号不再有权查看案卷", "The account may not see the case any more"],
  too_large: ["答复过大", "The answer was too large"],
};
