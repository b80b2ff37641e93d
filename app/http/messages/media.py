"""The sentences of uploads, photos and presence."""

MEDIA_MESSAGES: dict[str, tuple[str, str]] = {
    # code: (English, Chinese)
    "upload_header_invalid": ("{header} is missing or cannot be read.", "{header} 缺失或无法读取。"),
    "tus_version": ("Tus-Resumable: 1.0.0 is needed.", "需要请求头 Tus-Resumable: 1.0.0。"),
    "media_too_large": ("A file has at most {limit} bytes.", "文件最大 {limit} 字节。"),
    "upload_too_long": (
        "The upload was announced with {length} bytes.",
        "该上传声明的长度为 {length} 字节。",
    ),
    "media_type_not_taken": ("Files of this type are not taken.", "不接收该类型的文件。"),
    "upload_gone": ("This upload has expired or was given up.", "该上传已过期或已放弃。"),
    "upload_finished": ("This upload is complete.", "该上传已完成。"),
    "upload_offset_wrong": (
        "Something else has arrived; ask for the offset.",
        "偏移量不符，请先查询已接收的位置。",
    ),
    "checksum_wrong": ("The bytes do not match their checksum.", "数据与校验和不符。"),
    "upload_quota_reached": (
        "You have sent as many files as one account may send: {limit}. Send this one later.",
        "该账号上传量已达上限（{limit}）。请稍后再发送此文件。",
    ),
    "media_busy": (
        "Too many files are being checked at this moment; try again.",
        "正在检查的文件过多，请重试。",
    ),
    "too_many_uploads": ("Finish the uploads that were begun first.", "请先完成已开始的上传。"),
    "storage_full": ("There is no room left; nothing was stored.", "存储空间已满，数据未保存。"),
    "media_store_unavailable": ("The store of photos is not reachable.", "照片存储暂不可用。"),
    "media_pending": ("It is still on its way.", "文件仍在上传或处理中。"),
    "media_refused": ("It was refused and is not kept.", "该文件已被拒收，未保存。"),
    "media_hangs_elsewhere": ("It belongs to something else already.", "该文件已属于其他记录。"),
    "media_not_yours_to_remove": (
        "Only who may correct the record removes it.",
        "只有可更正该记录的人才能删除。",
    ),
    "presence_not_shown": (
        "Your phone does not show you at the place of the case; take this step there.",
        "手机定位未显示您在案卷地点，请到现场操作。",
    ),
    "presence_reason_required": (
        "Your phone does not show you at the place of the case; say why.",
        "手机定位未显示您在案卷地点，请说明原因。",
    ),
    "range_invalid": ("There is no such range.", "请求的范围无效。"),
}
