"""Templates of audit sentences about accounts, sessions, devices and tokens.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

ACCOUNTS: dict[str, tuple[str, str]] = {
    "sync.rotate_epoch": (
        "{who} started a new sync epoch; every phone synchronises from the beginning.",
        "{who}开启了新的同步周期，所有手机重新同步。",
    ),
    "figures.rebuild_history": (
        "{who} stored past case states that were missing for historical figures.",
        "{who}补录了历史统计所缺的案卷状态。",
    ),
    "webhook.create": ("{who} subscribed another system to events.", "{who}为其他系统新建了事件订阅。"),
    "webhook.change": ("{who} changed a subscription to events.", "{who}修改了一个事件订阅。"),
    "webhook.delete": ("{who} ended a subscription to events.", "{who}删除了一个事件订阅。"),
    "webhook.rotate_secret": (
        "{who} made a new secret for a subscription to events.",
        "{who}更换了一个事件订阅的密钥。",
    ),
    "webhook.replay": (
        "{who} sent messages of a subscription to events again.",
        "{who}重新发送了一个事件订阅的消息。",
    ),
    "message.discard": (
        "{who} discarded e-mail and SMS that were not sent.",
        "{who}放弃了未发送的邮件和短信。",
    ),
    "message.replay": ("{who} sent dead e-mail and SMS again.", "{who}重新发送了未送达的邮件和短信。"),
    "sms.receive": ("{who} delivered an SMS that came in.", "{who}转入了一条收到的短信。"),
    "codes.print": ("{who} printed codes of doors or components.", "{who}打印了门牌或部件二维码。"),
    "codes.revoke": ("{who} ended a code of a door or a component.", "{who}停用了一个门牌或部件二维码。"),
    "access_token.make": (
        "{who} created a token for another application.",
        "{who}创建了供其他应用使用的令牌。",
    ),
    "access_token.revoke": (
        "{who} revoked a token of {what}.",
        "{who}吊销了{what}的一个令牌。",
    ),
    "access_token.revoke_all": (
        "{who} revoked all tokens of {what} for other applications.",
        "{who}吊销了{what}供其他应用使用的全部令牌。",
    ),
    "account.allow_device": (
        "{who} allowed a blocked device of {what} to sign in again.",
        "{who}允许{what}的一台已停用设备重新登录。",
    ),
    "account.change_password": (
        "{who} changed their own password.",
        "{who}修改了自己的密码。",
    ),
    "account.create": ("{who} created the account of {what}.", "{who}新建了{what}的账号。"),
    "account.disable": ("{who} disabled the account of {what}.", "{who}停用了{what}的账号。"),
    "account.enable": ("{who} enabled the account of {what} again.", "{who}重新启用了{what}的账号。"),
    "account.grant": ("{who} granted {what} a role.", "{who}授予{what}一个角色。"),
    "account.one_time_password": (
        "{who} set a one-time password for {what}.",
        "{who}为{what}生成了一次性密码。",
    ),
    "account.rename": (
        "{who} changed the name of {what}.",
        "{who}修改了{what}的姓名。",
    ),
    "account.revoke_device": ("{who} blocked a device of {what}.", "{who}停用了{what}的一台设备。"),
    "account.revoke_grant": ("{who} revoked a role of {what}.", "{who}收回了{what}的一个角色。"),
    "service_account.create": ("{who} created the service account {what}.", "{who}新建了服务账号{what}。"),
    "service_account.change": ("{who} changed the service account {what}.", "{who}修改了服务账号{what}。"),
    "service_account.disable": ("{who} disabled the service account {what}.", "{who}停用了服务账号{what}。"),
    "service_account.enable": (
        "{who} enabled the service account {what} again.",
        "{who}重新启用了服务账号{what}。",
    ),
    "service_credential.create": (
        "{who} created a credential of the service account {what}.",
        "{who}为服务账号{what}创建了凭据。",
    ),
    "service_credential.revoke": (
        "{who} revoked a credential of the service account {what}.",
        "{who}吊销了服务账号{what}的一个凭据。",
    ),
    "session.device_refused": (
        "A blocked device of {what} tried to sign in with the right password.",
        "{what}的一台已停用设备曾用正确密码尝试登录。",
    ),
    "session.proof_refused": (
        "A refresh token of {what} was sent without the key of its device; no new token was issued.",
        "{what}的刷新令牌未附带其设备密钥的证明，未予更换。",
    ),
    "session.refresh_repeated": (
        "A refresh token of {what} was sent twice in a short time: a response was lost, or somebody has a copy.",
        "{what}的刷新令牌在短时间内出现两次：可能是应答丢失，也可能有人持有副本。",
    ),
    "session.refresh_reused": (
        "A used refresh token of {what} was sent again; the session was ended.",
        "{what}已用过的刷新令牌再次出现，会话已终止。",
    ),
    "session.sign_in": (
        "{who} signed in.",
        "{who}登录。",
    ),
    "session.sign_in_failed.unknown": (
        "A sign-in with an unknown user name failed.",
        "有人以不存在的用户名登录失败。",
    ),
    "session.sign_in_failed": ("A sign-in as {what} failed.", "有人尝试以{what}登录失败。"),
    "session.sign_out": (
        "{who} signed out.",
        "{who}退出登录。",
    ),
}
