"""Messages about requests as a whole: sign-in, rights, conflicts, offline work."""

REQUEST_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "bad_request": ("The request cannot be read.", "无法读取该请求。"),
    "json_invalid": ("The body is not valid JSON.", "请求正文不是有效的 JSON。"),
    "validation_failed": ("Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "unauthenticated": ("Sign in first.", "请先登录。"),
    "token_invalid": ("The access token is not valid.", "访问令牌无效。"),
    "token_expired": ("The access token has expired. Refresh it.", "访问令牌已过期，请刷新。"),
    "tokens_too_many": (
        "There are {most:valid token|valid tokens} already. Revoke one first.",
        "有效令牌已有 {most} 个，请先吊销不用的令牌。",
    ),
    "service_account_disabled": (
        "The service account is disabled. Enable it first.",
        "该服务账号已停用，请先启用。",
    ),
    "credential_replaced": (
        "This credential was rotated before and has a successor.",
        "该凭据已轮换，已有后继凭据。",
    ),
    "people_only": (
        "Only people can do this, not service accounts.",
        "该操作仅限个人账号，服务账号不能使用。",
    ),
    "device_unknown": (
        "The token is missing or not valid. Create one in your account (/me/ingest-tokens).",
        "令牌缺失或无效，请在账号中创建（/me/ingest-tokens）。",
    ),
    "session_revoked": ("This session was ended. Sign in again.", "会话已终止，请重新登录。"),
    "sign_in_failed": ("The user name or the password is wrong.", "用户名或密码错误。"),
    "device_cut_off": (
        "This device is blocked. Ask the person who manages your account to allow it again.",
        "该设备已被停用，请联系您的账号管理人员重新允许该设备登录。",
    ),
    "device_cut_off_by_manager": (
        "A manager of your account has blocked this device. Ask them to allow it again.",
        "该设备已被账号管理人员停用，请联系其重新允许该设备登录。",
    ),
    "sign_in_throttled": (
        "Too many attempts. Try again in {retry_after_s:second|seconds}.",
        "尝试次数过多，请在 {retry_after_s} 秒后重试。",
    ),
    "ticket_invalid": (
        "This stream ticket is unknown, used or expired. Request a new one.",
        "该票据无效、已使用或已过期，请重新获取。",
    ),
    "streams_per_account": (
        "This account has too many open streams. Try again in {retry_after_s:second|seconds}.",
        "该账号打开的事件流过多，请在 {retry_after_s} 秒后重试。",
    ),
    "streams_full": (
        "No more streams can be opened now. Poll, and try again in {retry_after_s:second|seconds}.",
        "当前无法打开更多事件流，请先轮询，并在 {retry_after_s} 秒后重试。",
    ),
    "refresh_invalid": ("The refresh token is not valid.", "刷新令牌无效。"),
    "refresh_reused": (
        "This refresh token was used before. For safety, the session was ended.",
        "该刷新令牌已被使用过；为安全起见会话已终止。",
    ),
    "proof_invalid": (
        "The DPoP proof is not valid ({part}). Make a new one for this request, as docs/reference/mobile.md describes.",
        "DPoP 证明无效（{part}）。请为本次请求重新生成，方法见 docs/reference/mobile.md。",
    ),
    "proof_stale": (
        "The DPoP proof is too old, or the clock is wrong. Correct `iat` by `server_time` and send a new one.",
        "DPoP 证明已过期或设备时钟不准。请按 server_time 校正 iat 后重新生成。",
    ),
    "proof_missing": (
        "This session requires a DPoP proof with the key of its device. Send one, or sign in again.",
        "该会话只能凭其设备密钥继续。请附带 DPoP 证明，或重新登录。",
    ),
    "proof_key_wrong": (
        "The key of the DPoP proof is not the key of the session. Use the key of the sign-in, or sign in again.",
        "DPoP 证明所用密钥与该会话不符。请使用登录时的密钥，或重新登录。",
    ),
    "proof_used": (
        "This DPoP proof was used before. Make a new one for each request.",
        "该 DPoP 证明已使用过。请为每次请求生成新的证明。",
    ),
    "password_change_required": ("Change the one-time password first.", "请先修改一次性密码。"),
    "password_wrong": ("The current password is wrong.", "当前密码错误。"),
    "note_not_open": (
        "Only those who handle, check or supervise a case, or have an offer for it, can add notes. If you "
        "reported the case, add another report. If you handled it before, tell the supervisor.",
        "备注由承办、核查、督导该案卷或收到派遣单的人员填写。如您是上报人，请再次上报；如您曾承办，请告知督导员。",
    ),
    "permission_missing": ("Your role does not allow this action.", "您的角色无权执行此操作。"),
    "admin_by_operator": (
        "An administrator of all areas can only be created on the server: gridward account create --role admin.",
        "全局管理员只能在服务器上用 gridward account create --role admin 开通。",
    ),
    "reset_from_above": (
        "Your role and area are not above those of this account. Ask a person of a higher level, or the "
        "operator of the server: gridward account reset-password.",
        "您的角色或区域不高于该账号，不能重置其密码。请联系上级，或由服务器运维人员执行 gridward account "
        "reset-password。",
    ),
    "grant_exceeds_own": (
        "You cannot grant permissions that you do not have.",
        "不能授予自己没有的权限。",
    ),
    "grant_scope_invalid": ("This role needs {needs}.", "该角色需要{needs}。"),
    "own_account": ("You cannot do this to your own account.", "不能对自己的账号执行此操作。"),
    "username_taken": ("This user name is taken.", "该用户名已被占用。"),
    "external_ref_taken": (
        "This external reference is used by other premises.",
        "该外部编号已用于其他处所。",
    ),
    "address_taken": (
        "Premises with this address exist already (`premises_id`). Use them, or send `allow_same_address` "
        "with the reason why these are different premises.",
        "该地址已有登记的处所（premises_id）。请使用该处所；如确非同一处所，请在 allow_same_address 中说明理由。",
    ),
    "address_taken_unseen": (
        "Premises with this address exist in an area that you cannot see. Ask a supervisor of the whole "
        "city, or send `allow_same_address` with the reason why these are different premises.",
        "该地址已在您无权查看的区域登记。请联系上级督导员；如确非同一处所，请在 allow_same_address 中说明理由。",
    ),
    "premises_merged": (
        "These premises were merged into others (`merged_into`). Use those instead.",
        "该处所已并入其他处所（merged_into），请使用后者。",
    ),
    "not_merged": ("These premises were not merged.", "该处所未被合并。"),
    "other_jurisdiction": (
        "Premises of different jurisdictions cannot be merged.",
        "不同辖区的处所不能合并。",
    ),
    "label_taken": (
        "These premises have a household with this label already.",
        "该处所内已有相同标识的住户。",
    ),
    "premises_not_lived_in": (
        "Premises of this kind have no households. Change the kind first.",
        "此类处所无人居住，请先更改类型。",
    ),
    "locate_throttled": (
        "You have located workers too often. Continue in {retry_after_s:second|seconds}.",
        "您查看人员位置过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "reveal_throttled": (
        "You have opened or searched too many residents. Continue in {retry_after_s:second|seconds}.",
        "您查看或查找居民信息过于频繁，请在 {retry_after_s} 秒后继续。",
    ),
    "not_found": ("Not found.", "未找到。"),
    "method_not_allowed": ("This method is not supported here.", "此处不支持该方法。"),
    "not_acceptable": ("There is no acceptable response format.", "没有可接受的响应格式。"),
    "media_type_unsupported": ("This content type is not supported.", "不支持该内容类型。"),
    "metrics_closed": (
        "Metrics can be read only from this machine, or with the token of GRIDWARD_METRICS_TOKEN.",
        "指标仅供本机读取，或凭 GRIDWARD_METRICS_TOKEN 的令牌读取。",
    ),
    "import_busy": (
        "Too many files are being read now. Nothing was stored. Send the file again in a moment.",
        "正在读取的文件过多，未保存任何内容。请稍后重新发送。",
    ),
    "import_running": ("The import has not finished yet.", "导入尚未结束。"),
    "import_not_undoable": (
        "Only imports of households, cases and components can be undone.",
        "只能撤销住户、案卷和部件的导入。",
    ),
    "import_too_large": (
        "The import created too much to be undone in one request. Use `gridward import undo` on the server.",
        "导入内容过多，无法在一次请求中撤销。请在服务器上使用 gridward import undo。",
    ),
    "import_refused": ("The file cannot be imported.", "文件无法导入。"),
    "body_too_large": ("The body is too large.", "请求正文过大。"),
    "sync_token_invalid": (
        "This sync token was not issued to this account on this device.",
        "该同步令牌不属于此账号或设备。",
    ),
    "resync_required": (
        "The data on this device is too old. Synchronise again without a token.",
        "本设备的数据已过期，请不带令牌重新同步。",
    ),
    "bucket_too_large": (
        "This bucket is too large for one response. Request it in pages.",
        "该数据桶过大，请分页获取。",
    ),
    "conflict": ("The current state does not allow this.", "当前状态不允许此操作。"),
    "id_reused": ("This id was already used for something else.", "该 id 已用于其他内容。"),
    "version_stale": (
        "This was changed after you read it. Read it again.",
        "内容在您读取后已被修改，请重新读取。",
    ),
    "if_match_missing": (
        "Send the version that you have in If-Match.",
        "请在 If-Match 中提供您持有的版本。",
    ),
    "transition_illegal": (
        "The case is in the state '{status}', which does not allow the step '{step}'.",
        "案卷处于“{status}”状态，不允许“{step}”。",
    ),
    "transition_not_yours": (
        "In the state '{status}', only {who} can take the step '{step}'.",
        "案卷处于“{status}”状态，只有{who}才能进行“{step}”。",
    ),
    "offer_not_live": (
        "You have no open offer for this assignment.",
        "该任务目前没有给您的有效派遣单。",
    ),
    "assignment_not_held": ("You do not have this assignment.", "该任务不由您承办。"),
    "assignment_further_on": (
        "This assignment has reached a later state already.",
        "该任务已进入后续状态。",
    ),
    "assignment_taken": ("Another worker has accepted this assignment.", "该任务已被他人接受。"),
    "worker_not_eligible": (
        "The case cannot be given to {to}: {reason}.",
        "案卷不能交由{to}承办：{reason}。",
    ),
    "contest_open": (
        "You have contested this figure already. It waits for a supervisor.",
        "您已对该统计数据提出异议，等待督导员处理。",
    ),
    "contest_resolved": ("This contest was decided already.", "该异议已处理。"),
    "own_contest": (
        "You cannot decide on your own contest. Another person must decide.",
        "本人的异议须由他人处理。",
    ),
    "run_not_replayable": (
        "The stored data of this decision is not enough to compute it again, or the worker was "
        "not chosen by rank.",
        "该决定留存的数据不足以重新计算，或并非按排序选派。",
    ),
    "category_unknown": ("There is no category '{category}'.", "没有类别“{category}”。"),
    "duty_overlaps": ("Duty periods of one worker cannot overlap.", "同一人员的在岗时段不能重叠。"),
    "duty_not_open": ("This worker is not on duty.", "该人员未在岗。"),
    "duty_backdated_too_far": (
        "Duty can be recorded at most {hours:hour|hours} later.",
        "在岗最多可在 {hours} 小时内补登。",
    ),
    "duty_in_future": (
        "Duty is recorded when it happens. Plan future hours as a shift.",
        "在岗记录实际情况；未来的时段请安排班次。",
    ),
    "shift_overlaps": ("Shifts of one worker cannot overlap.", "同一人员的班次不能重叠。"),
    "responsibility_overlaps": (
        "The same responsibility exists in that time already.",
        "该时段已有相同责任。",
    ),
    "findings": ("The geometry has faults. They are listed in findings.", "几何数据有问题，见 findings。"),
    "code_taken": ("This code is in use.", "该编码已被使用。"),
    "category_without_components": (
        "cannot be used with the category '{category}', which is not for components",
        "类别“{category}”不涉及部件",
    ),
    "same_case": ("is this case", "是该案卷本身"),
    "merge_target_ended": (
        "Case {case_no} has ended. Merge into an open case.",
        "案卷 {case_no} 已结束，只能并入未结束的案卷。",
    ),
    "merge_of_other_kind": (
        "A case about a person, or a confidential case, cannot be merged with another one.",
        "涉及特定对象或保密的案卷不得与其他案卷合并。",
    ),
    "component_number_invalid": (
        "is not a component number, which has 6 digits for the county, 2 for the class, 2 for the subclass "
        "and 6 for the serial number",
        "不是有效的部件标识码：应为 6 位县级代码、2 位大类、2 位小类、6 位流水号",
    ),
    "component_of_other_class": (
        "is a component of another class (category '{category}')",
        "是其他类别（“{category}”）的部件",
    ),
    "component_retired": ("This component was retired.", "该部件已停用。"),
    "sos_closed": ("This call for help was closed before.", "该求助已结束。"),
    "already_exists": ("This exists already.", "已存在。"),
    "reference_unknown": ("An object named in the request does not exist.", "引用的对象不存在。"),
    "unavailable": (
        "A required service is not available. Nothing was stored. Try again later.",
        "所需服务暂不可用，未保存任何内容，请稍后重试。",
    ),
    "outcome_unknown": (
        "The connection to the database broke during the request, so the data may have been stored. Send "
        "the same request again with the same id: nothing is stored twice. Without an id, check first "
        "whether the data was stored.",
        "保存过程中数据库连接中断，数据可能已保存。请以相同的 id 原样重发，不会重复保存；没有 id "
        "的，请先查看是否已保存。",
    ),
    "no_jurisdiction": ("No jurisdiction is set up yet.", "尚未配置辖区。"),
    "busy": ("The server is busy. Try again.", "服务器繁忙，请重试。"),
    "internal": ("Internal server error.", "服务器内部错误。"),
    "rate_limited": ("Too many requests. Try again later.", "请求过多，请稍后再试。"),
    "idempotency_in_flight": (
        "The same request is being processed. Try again.",
        "相同请求正在处理，请稍后重试。",
    ),
    "idempotency_key_reused": (
        "This Idempotency-Key was used with another body.",
        "该 Idempotency-Key 已用于其他请求内容。",
    ),
    "device_busy": (
        "Another push of this device is being processed. Try again.",
        "该设备正在上传，请稍后重试。",
    ),
    "op_id_reused": ("This operation id was already used for something else.", "该操作 id 已用于其他内容。"),
    "device_seq_reused": (
        "Another operation of this device has the sequence number {device_seq} already. This "
        "operation was stored for manual handling. Use numbers above applied_device_seq for later "
        "operations.",
        "本设备的另一项操作已使用序号 {device_seq}，此操作已留待人工处理；后续操作请使用大于 appl"
        "ied_device_seq 的序号。",
    ),
    "op_too_large": ("This operation is too large.", "该操作内容过大。"),
    "operation_unknown": ("There is no such operation.", "没有此类操作。"),
    "group_failed": (
        "Another operation of the same group was not applied.",
        "同组的其他操作未能执行。",
    ),
    "field_conflict": (
        "Another person has changed this field. The conflict must be resolved by a person.",
        "他人已修改该字段，冲突须由人工处理。",
    ),
    "row_deleted": ("This was deleted by a supervisor.", "该内容已被督导员删除。"),
    "out_of_scope": (
        "You are no longer responsible for this place. Your entry was stored for the supervisor.",
        "您已不再负责此处；内容已保存，供督导员处理。",
    ),
    "took_too_long": (
        "Each attempt took too long. The operation was stored for manual handling.",
        "每次处理耗时过长；操作已保存，待人工处理。",
    ),
    "letter_resolved": ("This operation was resolved before.", "该操作已处理。"),
    "letter_applied": (
        "This operation was applied and cannot be run again.",
        "该操作已生效，无需重新执行。",
    ),
    "late_after_reassign": (
        "This was done before the reassignment and received after it.",
        "在改派前完成，改派后才上传。",
    ),
}
