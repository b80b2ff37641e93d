"""Titles of problem documents by HTTP status."""

TITLES: dict[int, tuple[str, str]] = {
    # status: (English, Chinese)
    400: ("Bad request", "请求有误"),
    401: ("Not signed in", "未登录"),
    403: ("Not allowed", "无权操作"),
    404: ("Not found", "未找到"),
    405: ("Method not allowed", "不支持该方法"),
    406: ("Not acceptable", "没有可接受的格式"),
    408: ("Request timeout", "请求过慢"),
    409: ("Conflict", "状态冲突"),
    410: ("Gone", "已失效"),
    412: ("Changed meanwhile", "内容已被修改"),
    413: ("Too large", "内容过大"),
    415: ("Unsupported media type", "不支持的内容类型"),
    416: ("Range not satisfiable", "范围无效"),
    422: ("Not valid", "内容无效"),
    428: ("Precondition required", "缺少前提条件"),
    429: ("Too many requests", "请求过多"),
    460: ("Checksum mismatch", "校验和不符"),
    500: ("Internal error", "内部错误"),
    503: ("Unavailable", "暂不可用"),
    507: ("Storage full", "存储空间已满"),
}
UNTITLED = ("Problem", "问题")
