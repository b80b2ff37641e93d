// The form of a new import: content, file, columns by hand, dry run.
import { useEffect, useState } from "preact/hooks";
import { useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { callApi, client } from "../session";
import { ErrorMessage } from "../ui/error-message";
import { MutationStatus } from "../ui/mutation-status";
import { KIND } from "../words/exchange";
import {
  type Choices,
  doubleFields,
  type FileColumns,
  type FileField,
  firstChoices,
  keepMapping,
  mapParameters,
  missingFields,
  readMapping,
} from "./column-mapping";
import { ColumnTable, MappingFaults } from "./column-table";
import { inputOf, readColumns, startImport } from "./import-input";
import { TemplateButtons } from "./templates";

const COORDINATE_SYSTEMS = {
  "": "WGS 84",
  gcj02: "GCJ-02",
  bd09: "BD-09",
  "EPSG:4490": "CGCS2000 (EPSG:4490)",
};

/** `again`: id of a run of this page whose file is shown again, to change its columns. */
export function NewImportForm(props: { again: string }) {
  const t = useTranslation();
  const account = useMe().id;
  const mutation = useMutation();
  const earlier = inputOf(props.again);
  const [kind, setKind] = useState(earlier?.kind ?? "incidents");
  const [file, setFile] = useState<File | null>(earlier?.file ?? null);
  const [jurisdiction, setJurisdiction] = useState(String(earlier?.query.jurisdiction ?? ""));
  const [layer, setLayer] = useState(String(earlier?.query.layer ?? ""));
  const [level, setLevel] = useState(String(earlier?.query.level ?? ""));
  const preview = useColumns(file, kind, jurisdiction, layer);
  const earlierChoices = readMapping(localStorage, account, kind);
  const [choices, setChoices] = useState<Choices>([]);
  useEffect(() => {
    if (!preview.data) return;
    const isAgain = earlier?.file === file && earlier.choices?.length === preview.data.columns.length;
    setChoices(isAgain ? earlier.choices! : firstChoices(preview.data, earlierChoices));
  }, [preview.data]);
  const data = preview.data && choices.length === preview.data.columns.length ? preview.data : null;
  const isGiven = (field: FileField) => field.name === "level" && level !== "";
  const isComplete =
    data !== null &&
    missingFields(data.fields, choices).every(isGiven) &&
    doubleFields(data.fields, choices).length === 0;
  const levels = kind === "areas" ? data?.fields.find((field) => field.name === "level") : undefined;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!file || !data) return;
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const values = text("map_value")
      .split("\n")
      .map((entry) => entry.trim())
      .filter(Boolean);
    const map = mapParameters(data.columns, choices);
    const query: Record<string, unknown> = {};
    for (const name of ["jurisdiction", "crs", "timezone", "layer", "level"]) if (text(name)) query[name] = text(name);
    if (map.length) query.map = map;
    if (values.length) query.map_value = values;
    for (const name of ["partial", "live", "accept_findings"]) if (formData.get(name)) query[name] = true;
    if (formData.get("keep")) keepMapping(localStorage, account, kind, data.columns, choices);
    await mutation.run(async () => {
      const run = await startImport({ file, kind, query, choices }, true);
      navigate(`files?import=${run.id}`);
    });
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_import")} data-testid="new-import">
      <label>
        {t("kind_of")}
        <select name="kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {Object.keys(KIND).map((each) => (
            <option key={each} value={each}>
              {t.code(KIND, each)}
            </option>
          ))}
        </select>
      </label>
      <TemplateButtons kind={kind} jurisdiction={jurisdiction} />
      <label>
        {t("file")} <small>{t("file_hint")}</small>
        <input
          name="file"
          type="file"
          required={!file}
          accept=".csv,.xlsx,.geojson,.json,.gpkg,.zip,.shp"
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
        {file && earlier?.file === file && <small data-testid="file-again">{file.name}</small>}
      </label>
      <JurisdictionField chosen={jurisdiction} onChoose={setJurisdiction} />
      {preview.isBusy && <p role="status">{t("reading_file")}</p>}
      {preview.error !== null && <ErrorMessage error={preview.error} retry={preview.reload} />}
      {data && (
        <>
          <ColumnTable data={data} choices={choices} earlierChoices={earlierChoices} onChoose={setChoices} />
          {levels && !choices.includes("level") && (
            <label>
              {t("level_of_all")}
              <select name="level" value={level} onChange={(event) => setLevel(event.currentTarget.value)}>
                <option value="">{t("choose")}</option>
                {levels.words.map((word) => (
                  <option key={word} value={word}>
                    {word}
                  </option>
                ))}
              </select>
            </label>
          )}
          <MappingFaults data={data} choices={choices} isGiven={isGiven} />
          <label class="check">
            <input type="checkbox" name="keep" defaultChecked /> {t("keep_mapping")}
          </label>
        </>
      )}
      <label class="check">
        <input type="checkbox" name="partial" defaultChecked={!!earlier?.query.partial} /> {t("partial")}
      </label>
      <FurtherOptions kind={kind} earlier={earlier?.query ?? {}} layer={layer} onLayer={setLayer} />
      <MutationStatus mutation={mutation} doneText="" />
      <span class="buttons">
        <button class="main" disabled={mutation.isBusy || !isComplete} data-testid="dry-run">
          {t("exchange_dry_run")}
        </button>
        {mutation.isBusy && <span role="status">{t("reading_file")}</span>}
        {!file && <small>{t("choose_file_first")}</small>}
      </span>
    </form>
  );
}

type Preview = { data: FileColumns | null; error: unknown; isBusy: boolean };

/** The columns of the chosen file, read again when the file, its content, jurisdiction or layer change. */
function useColumns(file: File | null, kind: string, jurisdiction: string, layer: string) {
  const t = useTranslation();
  const [state, setState] = useState<Preview>({ data: null, error: null, isBusy: false });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setState({ data: null, error: null, isBusy: file !== null });
    if (!file) return undefined;
    let isCurrent = true;
    const query = { ...(jurisdiction ? { jurisdiction } : {}), ...(layer ? { layer } : {}) };
    readColumns(file, kind, query).then(
      (data) => isCurrent && setState({ data, error: null, isBusy: false }),
      (error: unknown) => isCurrent && setState({ data: null, error, isBusy: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [file, kind, jurisdiction, layer, attempt, t.language]);
  return { ...state, reload: () => setAttempt(attempt + 1) };
}

function JurisdictionField(props: { chosen: string; onChoose: (code: string) => void }) {
  const t = useTranslation();
  const result = useQuery(() => callApi(client.GET("/api/v1/jurisdictions")), "jurisdictions", false);
  const items = result.data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <label>
      {t("of_jurisdiction")}
      <select name="jurisdiction" value={props.chosen} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        <option value="">{t("by_default")}</option>
        {items.map((jurisdiction) => (
          <option key={jurisdiction.id} value={jurisdiction.code}>
            {t.named(jurisdiction.name)} ({jurisdiction.code})
          </option>
        ))}
      </select>
    </label>
  );
}

/** `earlier`: options of an earlier run of the same file. */
function FurtherOptions(props: {
  kind: string;
  earlier: Record<string, unknown>;
  layer: string;
  onLayer: (layer: string) => void;
}) {
  const t = useTranslation();
  const { earlier } = props;
  const values = Array.isArray(earlier.map_value) ? earlier.map_value.join("\n") : "";
  return (
    <details>
      <summary>{t("more_options")}</summary>
      <label>
        {t("value_mapping")} <small>{t("value_mapping_hint")}</small>
        <textarea name="map_value" rows={2} maxLength={3000} defaultValue={values} />
      </label>
      <label>
        {t("coordinates")}
        <select name="crs">
          {Object.entries(COORDINATE_SYSTEMS).map(([crs, name]) => (
            <option key={crs} value={crs} selected={crs === (earlier.crs ?? "")}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("time_zone")} <small>{t("by_default")}</small>
        <input name="timezone" maxLength={60} defaultValue={String(earlier.timezone ?? "")} />
      </label>
      <label>
        {t("layer_of")} <small>{t("optional")}</small>
        <input
          name="layer"
          maxLength={200}
          defaultValue={props.layer}
          onChange={(event) => props.onLayer(event.currentTarget.value.trim())}
        />
      </label>
      {props.kind === "incidents" && (
        <label class="check">
          <input type="checkbox" name="live" defaultChecked={!!earlier.live} /> {t("dispatch_live")}
        </label>
      )}
      {props.kind === "areas" && (
        <label class="check">
          <input type="checkbox" name="accept_findings" defaultChecked={!!earlier.accept_findings} />{" "}
          {t("accept_findings")}
        </label>
      )}
    </details>
  );
}
