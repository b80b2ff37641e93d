// Files of a notice that a worker shows at the door: fetched and opened by a press. They need a network.
import { useState } from "preact/hooks";
import { NoAnswer } from "../../../src/api/http";
import { api, callApi } from "../client";
import { failureText } from "../failure-text";
import { useTranslation } from "../hooks/use-translation";
import { BlobPicture } from "../media/thumbnail";
import type { NoticeFile } from "../to-tell";
import { ActionButton } from "../ui/action-button";

const PDF = "application/pdf";
const REVOKE_AFTER_MS = 60_000;

export function NoticeFiles(props: { files: NoticeFile[]; onError: (trouble: string) => void }) {
  const t = useTranslation();
  const [shown, setShown] = useState<{ id: string; title: string; blob: Blob } | null>(null);
  const titleOf = ({ titles }: NoticeFile) =>
    (t.language === "en" ? (titles["en"] ?? titles["zh"]) : (titles["zh"] ?? titles["en"])) ?? "";
  const open = async (file: NoticeFile) => {
    props.onError("");
    if (shown?.id === file.media_id) return setShown(null);
    try {
      const blob = await callApi(() =>
        api.client.GET("/api/v1/media/{media_id}/content", {
          params: { path: { media_id: file.media_id } },
          parseAs: "blob",
        }),
      );
      if (file.content_type === PDF) savePdf(blob, titleOf(file));
      else setShown({ id: file.media_id, title: titleOf(file), blob });
    } catch (error) {
      props.onError(error instanceof NoAnswer ? t("tell_file_offline") : failureText(t, error));
    }
  };
  if (props.files.length === 0) return null;
  return (
    <div data-testid="notice-files">
      <p class="facts">{t("tell_files")}</p>
      {props.files.map((file) => (
        <ActionButton key={file.media_id} onPress={() => open(file)} data-testid="notice-file">
          {t("tell_file", {
            title: titleOf(file),
            kind: t(file.content_type === PDF ? "tell_pdf" : "tell_picture"),
            kb: Math.ceil((file.size ?? 0) / 1000),
          })}
        </ActionButton>
      ))}
      {shown && <BlobPicture blob={shown.blob} id={shown.id} alt={shown.title} />}
    </div>
  );
}

/** Let the phone open a document with its own reader. */
function savePdf(blob: Blob, title: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: `${title}.pdf` }).click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
