"""Messages of the HTML pages and their routes."""

WEB_MESSAGES: dict[str, tuple[str, str]] = {
    "web_not_built": (
        "The web pages are not built on this server. Install Node and run bin/web.",
        "本服务器尚未构建网页：请安装 Node 后运行 bin/web。",
    ),
    "docs_not_built": (
        "The documentation is not built on this server. Run make docs.",
        "本服务器尚未构建文档：请运行 make docs。",
    ),
    "push_endpoint_refused": (
        "This server does not send to the push service of this browser. Ask the operator of the server.",
        "本服务器不向此浏览器的推送服务发送提醒，请联系服务器运维人员。",
    ),
    "webhook_url_refused": (
        "This server does not send to this URL. It must be an https URL of a public host, without user name and port.",
        "本服务器不向此网址发送事件：须为公网主机的 https 网址，不含用户名和端口。",
    ),
    "webhook_paused": (
        "The subscription is paused. Set its state to active first.",
        "此订阅已暂停，请先恢复为启用状态。",
    ),
    "webhooks_too_many": (
        "The account has {most} subscriptions. Delete one that is not used.",
        "此账号已有 {most} 个订阅，请先删除不再使用的订阅。",
    ),
    "service_account_lacks_permission": (
        "The service account lacks the permission for this.",
        "此服务账号没有所需的权限。",
    ),
    "event_cursor_expired": (
        "The log does not have all events since this cursor. Read the cases again, and begin with a new cursor.",
        "日志中已没有此游标之后的全部事件，请重新读取案卷并使用新的游标。",
    ),
    "cross_site": (
        "This address accepts only requests of the web pages of this server.",
        "此接口仅供本服务器的网页使用。",
    ),
}
