"""Generator of docs/zh/errors.md: every error code with its Chinese message, by HTTP status."""

from collections.abc import Iterable

from app.core.markdown import table_rows
from app.http.messages import MESSAGES
from app.http.messages.meanings import MEANINGS
from app.http.messages.titles import TITLES
from app.reference.errors import codes_by_status, without_formats

_INTRODUCTION = """\
# 错误代码

本页写给需要查对错误提示的人员：提示是什么意思，属于哪一类，应当怎样处理。
本页由 `gridward docs errors-zh` 根据程序中的提示生成，并有测试核对。
面向程序开发的说明和逐条处理办法见英文页 [Error codes](../reference/errors.md)。

- 程序按代码判断，人按提示判断。提示的语言由 `Accept-Language` 决定：`zh` 为中文，其他为英文。
- 花括号中的内容由服务器填写。
- 向运维人员反映问题时，请提供 `request_id`。
"""
# What a person does about errors of a status.
_ADVICE = {
    400: "请求本身有误，请按提示改正。",
    401: "请重新登录。",
    403: "账号没有所需权限，或操作须由他人办理。需要权限时请联系管理员。",
    404: "请核对编号。看不到的内容与不存在的内容提示相同。",
    409: "内容的当前状态不允许此操作。请重新打开，查看现状后再办理。",
    412: "内容已被他人修改。请重新打开，再办理一次。",
    413: "请减少内容后重试。",
    422: "请按提示逐项改正后再提交。",
    428: "请先读取最新内容，再提交修改。",
    429: "请按提示等待后重试。",
    500: "请向运维人员提供 `request_id`。",
    503: "服务器暂时不能办理，请稍后重试。",
    507: "存储空间已满，请联系运维人员。",
}


def chinese_errors_page() -> str:
    """Return the content of docs/zh/errors.md as Markdown."""
    by_status, of_operations = codes_by_status()
    parts = [_INTRODUCTION]
    for status, codes in by_status.items():
        advice = f"{_ADVICE[status]}\n\n" if status in _ADVICE else ""
        parts.append(f"## {status} {TITLES[status][1]}\n\n{advice}{_table(codes)}")
    parts.append(
        f"## 手机操作的结果\n\n手机同步时，每项操作各有结果。以下代码只出现在其中。\n\n{_table(of_operations)}"
    )
    parts.append(
        f"## 字段\n\n以下代码说明某一项内容的问题，提示前面是该项的名称。\n\n{_table(sorted(MEANINGS))}"
    )
    return "\n".join(parts)


def _table(codes: Iterable[str]) -> str:
    rows = [(f"`{code}`", without_formats(MESSAGES[code][1])) for code in codes]
    return "\n".join(table_rows(("代码", "提示"), rows)) + "\n"
