"""The sentences of requests as a whole: sign-in, rights, conflicts, offline work."""

REQUEST_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "bad_request": ("The request cannot be read.", "无法读取该请求。"),
    "json_invalid": ("The body is not valid JSON.", "请求正文不是有效的 JSON。"),
    "validation_failed": ("Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "unauthenticated": ("Sign in first.", "请先登录。"),
    "token_invalid": ("The access token is not valid.", "访问令牌无效。"),
    "token_expired": ("The access token has expired; refresh it.", "访问令牌已过期，请刷新。"),
    "tokens_too_many": (
        "There are {most} live tokens; revoke one first.",
        "有效令牌已有 {most} 个，请先吊销不用的令牌。",
    ),
    "device_unknown": (
        "No live token; make one at /me/ingest-tokens.",
        "没有有效令牌，请在 /me/ingest-tokens 创建。",
    ),
    "session_revoked": ("This session was ended; sign in again.", "会话已终止，请重新登录。"),
    "sign_in_failed": ("User name or password is wrong.", "用户名或密码错误。"),
    "device_cut_off": (
        "This device was cut off. Ask whoever manages your account to allow it again.",
        "该设备已被注销，请联系您的账号管理人员重新允许该设备登录。",
    ),
    "device_cut_off_by_manager": (
        "A manager of your account cut this device off; ask them to allow it again.",
        "该设备由账号管理人员注销，请联系其重新允许该设备登录。",
    ),
    "sign_in_throttled": (
        "Too many attempts; try again in {retry_after_s} seconds.",
        "尝试次数过多，请在 {retry_after_s} 秒后重试。",
    ),
    "ticket_invalid": (
        "This ticket is unknown, used or too old; fetch another.",
        "该票据无效、已使用或已过期，请重新获取。",
    ),
    "streams_per_account": (
        "This account has too many open streams; try again in {retry_after_s} seconds.",
        "该账号打开的事件流过多，请在 {retry_after_s} 秒后重试。",
    ),
    "streams_full": (
        "No more streams can be opened now; poll, and try again in {retry_after_s} seconds.",
        "当前无法打开更多事件流，请先轮询，并在 {retry_after_s} 秒后重试。",
    ),
    "refresh_invalid": ("The refresh token is not valid.", "刷新令牌无效。"),
    "refresh_reused": (
        "This refresh token was used before; for safety the session was ended.",
        "该刷新令牌已被使用过；为安全起见会话已终止。",
    ),
    "proof_invalid": (
        "The DPoP proof is not valid ({part}). Make a new one for this request; docs/mobile.md tells how.",
        "DPoP 证明无效（{part}）。请为本次请求重新生成，方法见 docs/mobile.md。",
    ),
    "proof_stale": (
        "The DPoP proof is too old, or the clock is wrong. Correct `iat` by `server_time` and send a new one.",
        "DPoP 证明已过期或设备时钟不准。请按 server_time 校正 iat 后重新生成。",
    ),
    "proof_missing": (
        "This session goes on with the key of its device only. Send a DPoP proof, or sign in again.",
        "该会话只能凭其设备密钥继续。请附带 DPoP 证明，或重新登录。",
    ),
    "proof_key_wrong": (
        "The DPoP proof is of another key than the session's. Use the key of the sign-in, or sign in again.",
        "DPoP 证明所用密钥与该会话不符。请使用登录时的密钥，或重新登录。",
    ),
    "proof_used": (
        "This DPoP proof has served. Make a new one for each request.",
        "该 DPoP 证明已使用过。请为每次请求生成新的证明。",
    ),
    "password_change_required": ("Change the one-time password first.", "请先修改一次性密码。"),
    "password_wrong": ("The present password is wrong.", "当前密码错误。"),
    "note_not_open": (
        "Notes are written by whoever handles, checks or directs a case, or is asked for it. If you reported it, "
        "add what you know as another report; if you handled it, tell the supervisor.",
        "备注由承办、核查、管理该案卷或被派单的人员填写。如您是上报人，请补充上报；如您曾承办，请告知主管。",
    ),
    "permission_missing": (
        "Your role does not allow this ({permission}).",
        "您的角色无权执行此操作（{permission}）。",
    ),
    "admin_by_operator": (
        "An administrator of everything is made on the server: gridward account create --role admin.",
        "全局管理员只能在服务器上用 gridward account create --role admin 开通。",
    ),
    "reset_from_above": (
        "Your role and area are not above this account's. Ask somebody of a higher level, or the operator: "
        "gridward account reset-password.",
        "您的角色或辖区不高于该账号，不能重置其密码。请联系上级，或由运维人员执行 gridward account reset-password。",
    ),
    "grant_exceeds_own": ("Nobody grants what they do not hold.", "不能授予自己没有的权限。"),
    "grant_scope_invalid": ("This role needs {needs}.", "该角色需要指定 {needs}。"),
    "own_account": ("You cannot do this to your own account.", "不能对自己的账号执行此操作。"),
    "username_taken": ("This user name is taken.", "该用户名已被占用。"),
    "external_ref_taken": ("This reference is in use for other premises.", "该外部编号已用于其他处所。"),
    "address_taken": (
        "There are premises of this address (`premises_id`). Use them, or send `allow_same_address` with the reason why "
        "these are others.",
        "该地址已有登记的处所（premises_id）。请使用该处所；如确非同一处所，请在 allow_same_address 中说明理由。",
    ),
    "address_taken_unseen": (
        "There are premises of this address in an area that you do not see. Ask a supervisor of the whole city, or send "
        "`allow_same_address` with the reason why these are others.",
        "该地址已在您无权查看的区域登记。请联系上级主管；如确非同一处所，请在 allow_same_address 中说明理由。",
    ),
    "premises_merged": (
        "These premises were merged into others (`merged_into`). Use those.",
        "该处所已并入其他处所（merged_into），请使用后者。",
    ),
    "not_merged": ("These premises were not merged.", "该处所未被合并。"),
    "other_jurisdiction": (
        "Premises of different jurisdictions cannot be merged.",
        "不同辖区的处所不能合并。",
    ),
    "label_taken": (
        "There is a household of this label in these premises.",
        "该处所内已有相同标识的住户。",
    ),
    "premises_not_lived_in": (
        "Nobody lives in premises of this kind; change the kind first.",
        "此类处所无人居住，请先更改类型。",
    ),
    "locate_throttled": (
        "You have looked often where workers are; go on in {retry_after_s} seconds.",
        "您查看位置过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "reveal_throttled": (
        "You have looked at or searched for many residents; go on in {retry_after_s} seconds.",
        "您查看或查找居民信息过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "not_found": ("There is no such thing here.", "未找到。"),
    "method_not_allowed": ("This method is not possible here.", "此处不支持该方法。"),
    "not_acceptable": ("No acceptable form of answer.", "没有可接受的响应格式。"),
    "media_type_unsupported": ("This content type is not understood.", "不支持该内容类型。"),
    "metrics_closed": (
        "Metrics are for callers on this machine, or with the token of GRIDWARD_METRICS_TOKEN.",
        "指标仅供本机读取，或凭 GRIDWARD_METRICS_TOKEN 令牌读取。",
    ),
    "import_busy": (
        "Too many files are being read at this moment; nothing was stored. Send the file again in a moment.",
        "正在读取的文件过多，未保存任何内容。请稍后重新发送。",
    ),
    "import_running": ("The import has not ended yet.", "导入尚未结束。"),
    "import_not_undoable": (
        "Only imports of households, incidents and components can be taken back.",
        "只能撤回住户、案件和部件的导入。",
    ),
    "import_too_large": (
        "The import made too much to be taken back in one request. Use `gridward import undo` on the server.",
        "导入内容过多，无法在一次请求中撤回。请在服务器上使用 gridward import undo。",
    ),
    "import_refused": ("Nothing of the file can be taken in.", "文件无法导入。"),
    "body_too_large": ("The body is too large.", "请求正文过大。"),
    "sync_token_invalid": (
        "This token was not given to this account on this device.",
        "该同步令牌不属于此账号或设备。",
    ),
    "resync_required": (
        "What this device holds is too old; begin without a token.",
        "本设备的数据已过期，请不带令牌重新同步。",
    ),
    "bucket_too_large": (
        "This bucket is too large for one answer; take it in pages.",
        "该数据包过大，请分页获取。",
    ),
    "conflict": ("The present state does not allow this.", "当前状态不允许此操作。"),
    "id_reused": (
        "This id was already used for something else.",
        "该编号已用于其他内容。",
    ),
    "version_stale": ("It has changed meanwhile; read it again.", "内容已被修改，请重新读取。"),
    "if_match_missing": ("Send the version you know in If-Match.", "请在 If-Match 中提供您所知的版本。"),
    "transition_illegal": (
        "The state of the case is '{status}', which does not allow '{step}'.",
        "案卷处于“{status}”状态，不允许“{step}”。",
    ),
    "transition_not_yours": (
        "The state of the case, '{status}', allows '{step}', but not to you: {who} may.",
        "案卷处于“{status}”状态，“{step}”只能由{who}进行。",
    ),
    "offer_not_live": (
        "There is no live offer for you on this assignment.",
        "该任务目前没有给您的有效派遣。",
    ),
    "assignment_not_held": ("You do not hold this assignment.", "该任务不由您承接。"),
    "assignment_further_on": (
        "This assignment is further on already.",
        "该任务已进入后续状态。",
    ),
    "assignment_taken": ("Somebody else has taken this.", "该任务已被他人接受。"),
    "worker_not_eligible": ("This worker cannot take it: {reason}.", "该网格员无法承接：{reason}。"),
    "contest_open": (
        "You contest this figure already; it waits for a supervisor.",
        "您已对该数据提出异议，等待督导员处理。",
    ),
    "contest_resolved": ("This has been resolved already.", "该异议已处理。"),
    "own_contest": ("Somebody else resolves what you contest.", "本人的异议须由他人处理。"),
    "run_not_replayable": (
        "This decision kept too little to be made again, or did not choose by rank.",
        "该决定留存的信息不足以重新计算，或并非按排序选派。",
    ),
    "about_subject": ("This case is about you.", "该案卷涉及您本人。"),
    "category_unknown": ("There is no category '{category}'.", "没有类别“{category}”。"),
    "duty_overlaps": ("Duty periods of one worker may not overlap.", "同一网格员的在岗时段不能重叠。"),
    "duty_not_open": ("This worker is not on duty.", "该网格员未在岗。"),
    "duty_backdated_too_far": (
        "Duty can be backdated by {hours} hours at most.",
        "在岗最多可补登 {hours} 小时。",
    ),
    "duty_in_future": (
        "Duty is what happened; plan the future as a shift.",
        "在岗为实际情况；未来请用排班。",
    ),
    "shift_overlaps": ("Shifts of one worker may not overlap.", "同一网格员的班次不能重叠。"),
    "responsibility_overlaps": ("This responsibility is already held in that time.", "该时段已有相同责任。"),
    "findings": ("The geometry has faults; see findings.", "几何数据有问题，请见 findings。"),
    "code_taken": ("This code is in use.", "该编码已被使用。"),
    "category_without_components": (
        "does not go with the category {category}, which is not about components",
        "类别 {category} 不涉及部件",
    ),
    "same_case": ("is this case itself", "是该案卷本身"),
    "merge_target_ended": (
        "Case {case_no} has ended; merge into one that is open.",
        "案卷 {case_no} 已结束，只能并入未结束的案卷。",
    ),
    "merge_of_other_kind": (
        "A matter about somebody, or a confidential one, is never merged with another.",
        "涉及特定对象或保密的案卷不得与其他案卷合并。",
    ),
    "component_number_invalid": (
        "is not a component number: 6 digits of the county, 2 of the class, 2 of the subclass, 6 of the serial",
        "不是有效的部件标识码：应为 6 位县级代码、2 位大类、2 位小类、6 位流水号",
    ),
    "component_of_other_class": (
        "is a component of another class ({category})",
        "是其他类别（{category}）的部件",
    ),
    "component_retired": ("This component has been retired.", "该部件已停用。"),
    "sos_closed": ("This call for help was closed already.", "该求助已结束。"),
    "already_exists": ("This exists already.", "已存在。"),
    "reference_unknown": ("Something named here does not exist.", "引用的对象不存在。"),
    "unavailable": (
        "A needed part of the server is down; nothing was stored. Try again later.",
        "所需服务暂不可用，未保存任何内容，请稍后重试。",
    ),
    "outcome_unknown": (
        "The connection to the database broke while this was being stored, so it may have been stored. "
        "Send it again unchanged, with the same id: nothing is stored twice. Without an id look first whether it is there.",
        "保存过程中数据库连接中断，数据可能已保存。请以相同的 id 原样重发，不会重复保存；没有 id 的，请先查看是否已保存。",
    ),
    "no_jurisdiction": ("No jurisdiction is set up yet.", "尚未配置辖区。"),
    "busy": ("The server is busy; try again.", "服务器繁忙，请重试。"),
    "internal": ("Something went wrong on our side.", "服务器内部错误。"),
    "rate_limited": ("Too many requests; try again later.", "请求过多，请稍后再试。"),
    "idempotency_in_flight": (
        "The same request is under way; try again.",
        "相同请求正在处理，请稍后重试。",
    ),
    "idempotency_key_reused": (
        "This Idempotency-Key was used with another body.",
        "该 Idempotency-Key 已用于其他请求内容。",
    ),
    "device_busy": (
        "Another push of this device is under way; try again.",
        "该设备正在上传，请稍后重试。",
    ),
    "op_id_reused": (
        "This operation id was already used for something else.",
        "该操作编号已用于其他内容。",
    ),
    "device_seq_reused": (
        "Another operation of this phone has the number {device_seq} already. It is kept for a person; "
        "give later ones numbers above applied_device_seq.",
        "本设备的另一项操作已使用序号 {device_seq}，此操作已留待人工处理；后续操作请使用大于 applied_device_seq 的序号。",
    ),
    "op_too_large": ("This operation is too large.", "该操作内容过大。"),
    "operation_unknown": ("There is no such operation.", "没有此类操作。"),
    "group_failed": (
        "Another operation of its group was not applied.",
        "同组的其他操作未能执行。",
    ),
    "field_conflict": (
        "Somebody else has changed this meanwhile; a person decides.",
        "他人已修改该内容，需人工确认。",
    ),
    "row_deleted": ("It has been deleted by a supervisor.", "该内容已被主管删除。"),
    "out_of_scope": (
        "You no longer look after this; it is kept for your supervisor.",
        "您已不再负责此处；内容已保留，供主管处理。",
    ),
    "took_too_long": (
        "It took too long each time; it is kept for a person.",
        "多次处理超时；内容已保留，待人工处理。",
    ),
    "letter_resolved": ("This has been settled before.", "该事项已处理。"),
    "letter_applied": ("This was applied; there is nothing to run again.", "该操作已生效，无需重新执行。"),
    "late_after_reassign": (
        "Done while it was hers, arrived after it was given to somebody else.",
        "在责任移交前完成、移交后才上传。",
    ),
}
