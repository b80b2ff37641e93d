"""Messages of Open311, in its errors with code and description."""

OPEN311_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "jurisdiction_unknown": ("There is no such jurisdiction.", "没有该辖区。"),
    "token_unknown": ("There is no such token.", "没有该令牌。"),
    "service_unknown": ("There is no such service.", "没有该服务。"),
    "instant_invalid": (
        "must be a date and time with a time zone, such as 2026-10-01T08:00:00Z",
        "应为带时区的日期时间，例如 2026-10-01T08:00:00Z",
    ),
    "before_start": ("is earlier than the start", "早于开始时间"),
    "span_too_long": ("is more than {days:day|days} after the start", "与开始时间相隔超过 {days} 天"),
    "location_missing": (
        "is missing: send lat and long, or address_string, or address_id",
        "缺失：请发送 lat 和 long，或 address_string，或 address_id",
    ),
    "text_too_long": ("has more than {most:character|characters}", "超过 {most} 个字符"),
    "url_invalid": ("is not a URL of http or https", "不是 http 或 https 网址"),
    "urls_too_many": ("has more than {most:URL|URLs}", "超过 {most} 个网址"),
    "api_key_missing": ("Send an API key as api_key.", "请以 api_key 发送 API 密钥。"),
    "api_key_invalid": ("The API key is not valid.", "API 密钥无效。"),
    "service_request_unknown": (
        "There is no such service request, or it is not public.",
        "没有该服务请求，或其不公开。",
    ),
}
