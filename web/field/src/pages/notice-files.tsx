// Files of a notice that a worker shows at the door: fetched and opened by a press.
import { useState } from "preact/hooks";
import { type Schemas } from "../../../src/api/http";
import { interpolate, pick, type Values } from "../../../src/i18n";
import { api, callApi } from "../client";
import { useTranslation } from "../hooks/use-translation";
import { BlobPicture } from "../media/thumbnail";
import { ActionButton } from "../ui/action-button";
import { TO_TELL_TEXTS } from "../words/to-tell";

type NoticeFile = Schemas["NoticeFile"];
const PDF = "application/pdf";
const REVOKE_AFTER_MS = 60_000;

export function NoticeFiles(props: { files: NoticeFile[]; onError: (error: unknown) => void }) {
  const t = useTranslation();
  const text = (key: keyof typeof TO_TELL_TEXTS, values?: Values) =>
    interpolate(t.language, pick(t.language, TO_TELL_TEXTS[key]), values);
  const [shown, setShown] = useState<{ id: string; title: string; blob: Blob } | null>(null);
  const titleOf = ({ titles }: NoticeFile) =>
    (t.language === "en" ? (titles["en"] ?? titles["zh"]) : (titles["zh"] ?? titles["en"])) ?? "";
  const open = async (file: NoticeFile) => {
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
      props.onError(error);
    }
  };
  if (props.files.length === 0) return null;
  return (
    <div data-testid="notice-files">
      <p class="facts">{text("files")}</p>
      {props.files.map((file) => (
        <ActionButton key={file.media_id} onPress={() => open(file)} data-testid="notice-file">
          {text("file", {
            title: titleOf(file),
            kind: text(file.content_type === PDF ? "file_pdf" : "file_picture"),
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
