"""Messages about uploads, photos and presence."""

MEDIA_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "upload_header_invalid": (
        "The header {header} is missing or cannot be read.",
        "请求头 {header} 缺失或无法读取。",
    ),
    "tus_version": (
        "The request header Tus-Resumable: 1.0.0 is required.",
        "需要请求头 Tus-Resumable: 1.0.0。",
    ),
    "media_too_large": ("A file may have at most {limit:byte|bytes}.", "文件最大 {limit:,} 字节。"),
    "upload_too_long": (
        "The upload was declared with {length:byte|bytes}.",
        "该上传声明的长度为 {length:,} 字节。",
    ),
    "media_type_not_taken": ("Files of this type are not accepted.", "不接收该类型的文件。"),
    "upload_gone": ("This upload has expired or was cancelled.", "该上传已过期或已取消。"),
    "upload_finished": ("This upload is complete.", "该上传已完成。"),
    "upload_offset_wrong": (
        "The offset does not match. Ask the server for the current offset.",
        "偏移量不符，请先查询已接收的位置。",
    ),
    "checksum_wrong": ("The bytes do not match their checksum.", "数据与校验和不符。"),
    "upload_quota_reached": (
        "This account has reached its upload limit of {quota}. Send this file later.",
        "该账号上传量已达上限（{quota}）。请稍后再发送此文件。",
    ),
    "media_busy": (
        "The server is checking too many files now. Try again.",
        "正在检查的文件过多，请重试。",
    ),
    "too_many_uploads": ("Finish the uploads that you have started first.", "请先完成已开始的上传。"),
    "storage_full": ("The storage is full. Nothing was stored.", "存储空间已满，未保存任何内容。"),
    "media_store_unavailable": ("The photo storage is not available now.", "照片存储暂不可用。"),
    "media_pending": ("The file is still being uploaded or processed.", "文件仍在上传或处理中。"),
    "media_refused": ("The file was refused and not stored.", "该文件已被拒收，未保存。"),
    "media_hangs_elsewhere": ("The file belongs to another record already.", "该文件已属于其他记录。"),
    "media_not_yours_to_remove": (
        "Only a person who may correct the record can delete this file.",
        "只有可更正该记录的人员才能删除此文件。",
    ),
    "presence_not_shown": (
        "Your phone's position is not at the place of the case. Take this step at the place.",
        "手机定位不在案卷地点，请到现场操作。",
    ),
    "presence_reason_required": (
        "Your phone's position is not at the place of the case. Give the reason.",
        "手机定位不在案卷地点，请说明原因。",
    ),
    "range_invalid": ("The requested range is not valid.", "请求的范围无效。"),
}
