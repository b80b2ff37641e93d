// Downloads of the template of a kind of import.
import { saveFile } from "../download";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { followPath } from "../session";
import { MutationStatus } from "../ui/mutation-status";

const FORMATS = ["xlsx", "csv"] as const;

export function TemplateButtons(props: { kind: string; jurisdiction: string }) {
  const t = useTranslation();
  const mutation = useMutation();
  const save = (format: (typeof FORMATS)[number]) =>
    mutation.run(async () => {
      const query = new URLSearchParams({ kind: props.kind, format });
      if (props.jurisdiction) query.set("jurisdiction", props.jurisdiction);
      saveFile(await followPath<Blob>(`/api/v1/imports/template?${query}`, "blob"), `${props.kind}-template.${format}`);
    });
  return (
    <p class="templates">
      {t("template_of")}{" "}
      {FORMATS.map((format) => (
        <button
          key={format}
          type="button"
          class="plain"
          disabled={mutation.isBusy}
          onClick={() => void save(format)}
          data-testid={`template-${format}`}
        >
          {t(format === "xlsx" ? "template_xlsx" : "template_csv")}
        </button>
      ))}{" "}
      <small>{t("template_hint")}</small>
      <MutationStatus mutation={mutation} doneText="" />
    </p>
  );
}
