"""Names of the acts on accounts, sessions, devices and tokens, in the form of acts.py."""

ACCOUNTS: dict[str, tuple[str, str]] = {
    "sync.rotate_epoch": (
        "{who} began a new sync epoch: every phone starts anew.",
        "{who}开启了新的同步周期，所有终端重新同步。",
    ),
    "figures.rebuild_history": (
        "{who} stored states of cases that figures of past moments lacked.",
        "{who}补录了历史统计所缺的案卷状态。",
    ),
    "access_token.make": (
        "{who} made a token for another app.",
        "{who}创建了供其他应用使用的令牌。",
    ),
    "access_token.revoke": (
        "{who} revoked a token of {what}.",
        "{who}吊销了{what}的一个令牌。",
    ),
    "access_token.revoke_all": (
        "{who} ended all tokens of {what} for other apps.",
        "{who}终止了{what}供其他应用使用的全部令牌。",
    ),
    "account.allow_device": (
        "{who} let a device of {what} sign in again.",
        "{who}允许{what}的一台已注销设备重新登录。",
    ),
    "account.change_password": (
        "{who} changed their own password.",
        "{who}修改了自己的密码。",
    ),
    "account.create": (
        "{who} opened the account of {what}.",
        "{who}开通了{what}的账号。",
    ),
    "account.disable": (
        "{who} closed the account of {what}.",
        "{who}停用了{what}的账号。",
    ),
    "account.enable": (
        "{who} opened the account of {what} again.",
        "{who}重新启用了{what}的账号。",
    ),
    "account.grant": (
        "{who} gave {what} a role.",
        "{who}授予{what}一个角色。",
    ),
    "account.one_time_password": (
        "{who} gave {what} a one-time password.",
        "{who}为{what}生成了一次性密码。",
    ),
    "account.rename": (
        "{who} changed the name of {what}.",
        "{who}修改了{what}的姓名。",
    ),
    "account.revoke_device": (
        "{who} cut off a device of {what}.",
        "{who}注销了{what}的一台设备。",
    ),
    "account.revoke_grant": (
        "{who} took a role from {what}.",
        "{who}撤销了{what}的一个角色。",
    ),
    "session.device_refused": (
        "A device of {what} that was cut off tried to sign in with the right password.",
        "{what}的一台已注销设备曾用正确密码尝试登录。",
    ),
    "session.proof_refused": (
        "A refresh token of {what} came without the key of its device; nothing was given out.",
        "{what}的刷新令牌未附带其设备密钥的证明，未予更换。",
    ),
    "session.refresh_repeated": (
        "A refresh token of {what} came twice in a short time: an answer was lost, or somebody has a copy.",
        "{what}的刷新令牌在短时间内出现两次：可能是应答丢失，也可能有人持有副本。",
    ),
    "session.refresh_reused": (
        "A used refresh token of {what} came again; the session was ended.",
        "{what}已用过的刷新令牌再次出现，会话已终止。",
    ),
    "session.sign_in": (
        "{who} signed in.",
        "{who}登录。",
    ),
    "session.sign_in_failed.unknown": (
        "Somebody failed to sign in with a user name that no account has.",
        "有人以不存在的用户名登录失败。",
    ),
    "session.sign_in_failed": (
        "Somebody failed to sign in as {what}.",
        "有人尝试以{what}登录失败。",
    ),
    "session.sign_out": (
        "{who} signed out.",
        "{who}退出登录。",
    ),
}
