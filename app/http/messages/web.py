"""What the doors for browsers say."""

WEB_MESSAGES: dict[str, tuple[str, str]] = {
    "web_not_built": (
        "The web pages are not built here: install Node and run bin/web.",
        "此处尚未构建网页：请安装 Node 后运行 bin/web。",
    ),
    "cross_site": (
        "This door opens for pages of this server only.",
        "此接口仅供本服务器的网页使用。",
    ),
}
