// Imports and exports.
import { Approval, useApprovals } from "../exchange/approvals";
import { ExportDetails, ExportList } from "../exchange/exports";
import { ImportDetails, ImportList } from "../exchange/imports";
import { NewExportForm } from "../exchange/new-export";
import { NewImportForm } from "../exchange/new-import";
import { hasPermission, useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";

export default function FilesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const { query } = props;
  const approvals = useApprovals(hasPermission(me, "export:approve"), me.id);
  const param = (name: string) => query.get(name) ?? "";
  if (param("import")) return <ImportDetails id={param("import")} />;
  if (param("export")) return <ExportDetails id={param("export")} />;
  const importSection = hasPermission(me, "import:run") && (
    <section key="imports" aria-labelledby="imports">
      <h2 id="imports">{t("imports")}</h2>
      <NewImportForm key={param("again")} again={param("again")} />
      <ImportList cursor={param("imports")} />
    </section>
  );
  const exportSection = hasPermission(me, "export:run") && (
    <section key="exports" aria-labelledby="exports">
      <h2 id="exports">{t("exports")}</h2>
      <NewExportForm key={param("list")} list={new URLSearchParams(param("list"))} />
      <Loaded query={approvals}>
        {(runs) =>
          runs.length > 0 && (
            <>
              <h3>{t("exports_waiting")}</h3>
              <ul class="notes">
                {runs.map((run) => (
                  <Approval key={run.id} run={run} onDone={approvals.reload} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      <ExportList cursor={param("exports")} />
    </section>
  );
  return (
    <Page title={t("files")} testid="files">
      {/* A reader who comes from the list of cases wants to export it. */}
      <div class="columns">{query.has("list") ? [exportSection, importSection] : [importSection, exportSection]}</div>
    </Page>
  );
}
