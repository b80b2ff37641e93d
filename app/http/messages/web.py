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
    "cross_site": (
        "This address accepts only requests of the web pages of this server.",
        "此接口仅供本服务器的网页使用。",
    ),
}
