// Photos and PDF documents of a notice: added, titled in Chinese and English, and removed in the form; listed beside its texts.
import { useRef } from "preact/hooks";
import { saveFile } from "../download";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { followPath, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { languageName, languagesFor } from "./notice";
import { checkedFile, uploadFile } from "./upload";

export type Attached = Schemas["NoticeFile"];
const FILES_MAX = 5;
const BYTES_MAX = 10_000_000;
const TITLE_MAX = 120;
const TYPES = "image/jpeg,image/png,image/webp,image/heic,application/pdf";
const LANGUAGES = ["zh", "en"] as const;

/** Return the files as a draft stores them, without empty titles. */
export const attachmentMembers = (files: readonly Attached[]): Schemas["NoticeAttachment"][] =>
  files.map(({ media_id, titles }) => ({
    media_id,
    titles: Object.fromEntries(Object.entries(titles).filter(([, title]) => title.trim() !== "")),
  }));

export function AttachmentsField(props: {
  files: Attached[];
  onChange: (change: (files: Attached[]) => Attached[]) => void;
}) {
  const t = useTranslation();
  const mutation = useMutation();
  const input = useRef<HTMLInputElement>(null);
  const { files, onChange } = props;
  const change = (id: string, members: Partial<Attached>) =>
    onChange((before) => before.map((file) => (file.media_id === id ? { ...file, ...members } : file)));
  const add = async () => {
    const field = input.current;
    const chosen = field?.files?.[0];
    if (!field || !chosen) return;
    if (files.reduce((sum, file) => sum + (file.size ?? 0), chosen.size) > BYTES_MAX) {
      field.value = "";
      field.setCustomValidity(t("file_large"));
      field.reportValidity();
      return;
    }
    await mutation.run(async () => {
      const id = await uploadFile(chosen);
      const name = chosen.name.replace(/\.\w+$/, "").slice(0, TITLE_MAX);
      const entry = { content_type: chosen.type, size: chosen.size, state: "received", refusal: null } as const;
      onChange((before) => [
        ...before,
        { media_id: id, titles: { [t.language === "en" ? "en" : "zh"]: name }, ...entry },
      ]);
      const record = await checkedFile(id);
      if (record)
        change(id, { state: record.state, refusal: record.refusal ?? null, size: record.size ?? chosen.size });
    });
    field.value = "";
  };
  return (
    <fieldset data-testid="attachments-field">
      <legend>{t("attachments")}</legend>
      <p class="quiet">{t("attachments_mean", { n: FILES_MAX })}</p>
      {files.map((file) => (
        <fieldset key={file.media_id} data-testid="attachment">
          <legend>
            <FileKind file={file} />
          </legend>
          {file.state === "refused" && (
            <p class="bad" role="alert">
              {t("file_refused", { why: file.refusal ?? "?" })}
            </p>
          )}
          <div class="pair">
            {LANGUAGES.map((code) => (
              <label key={code}>
                {t("file_title", { language: languageName(code, t.language) })}
                <input
                  lang={code}
                  maxLength={TITLE_MAX}
                  value={file.titles[code] ?? ""}
                  required={!LANGUAGES.some((other) => file.titles[other]?.trim())}
                  onInput={(event) =>
                    change(file.media_id, { titles: { ...file.titles, [code]: event.currentTarget.value } })
                  }
                />
              </label>
            ))}
          </div>
          <button
            type="button"
            class="small"
            onClick={() => onChange((before) => before.filter((other) => other.media_id !== file.media_id))}
          >
            {t("drop_file")}
            <span class="unseen">: {titleOf(file.titles, t.language)}</span>
          </button>
        </fieldset>
      ))}
      {files.length < FILES_MAX && (
        <label>
          {t("add_file")}
          <input
            type="file"
            ref={input}
            accept={TYPES}
            disabled={mutation.isBusy}
            onInput={() => input.current?.setCustomValidity("")}
            onChange={() => void add()}
            data-testid="add-file"
          />
        </label>
      )}
      <MutationStatus mutation={mutation} />
    </fieldset>
  );
}

/** The files of a notice, each opened by a press. */
export function FileList(props: { files: Attached[] }) {
  const t = useTranslation();
  const mutation = useMutation();
  if (props.files.length === 0) return null;
  const open = (file: Attached) =>
    void mutation.run(async () => {
      const extension = file.content_type === "application/pdf" ? "pdf" : file.content_type?.split("/")[1];
      const blob = await followPath<Blob>(`/api/v1/media/${file.media_id}/content`, "blob");
      saveFile(blob, `${titleOf(file.titles, t.language)}.${extension}`);
    });
  return (
    <section aria-labelledby="notice-files" data-testid="notice-files">
      <h3 id="notice-files">{t("attachments")}</h3>
      <ul>
        {props.files.map((file) => (
          <li key={file.media_id}>
            {file.state === "ready" ? (
              <button type="button" class="small" onClick={() => open(file)} disabled={mutation.isBusy}>
                {titleOf(file.titles, t.language)}
              </button>
            ) : (
              titleOf(file.titles, t.language)
            )}{" "}
            <small>
              <FileKind file={file} />
            </small>
          </li>
        ))}
      </ul>
      <MutationStatus mutation={mutation} />
    </section>
  );
}

function FileKind(props: { file: Attached }) {
  const t = useTranslation();
  const { file } = props;
  if (file.state === "refused") return <>{t("file_refused", { why: file.refusal ?? "?" })}</>;
  const kind = t(file.content_type === "application/pdf" ? "file_pdf" : "file_picture");
  return (
    <>
      {t("file_size", { kind, kb: Math.ceil((file.size ?? 0) / 1000) })}
      {file.state !== "ready" && ` · ${t("file_checking")}`}
    </>
  );
}

function titleOf(titles: Attached["titles"], language: "en" | "zh-CN"): string {
  const texts = Object.fromEntries(Object.entries(titles).map(([code, title]) => [code, { title, text: "" }]));
  return titles[languagesFor(texts, language)[0] ?? ""] ?? "";
}
