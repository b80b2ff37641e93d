// Imports and exports.
import { Approval, useApprovals } from "../exchange/approvals";
import { ExportDetails, ExportList, NewExportForm } from "../exchange/exports";
import { ImportDetails, ImportList, NewImportForm } from "../exchange/imports";
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
  return (
    <Page title={t("files")} testid="files">
      <div class="columns">
        {hasPermission(me, "import:run") && (
          <section aria-labelledby="imports">
            <h2 id="imports">{t("imports")}</h2>
            <NewImportForm />
            <ImportList cursor={param("imports")} />
          </section>
        )}
        {hasPermission(me, "export:run") && (
          <section aria-labelledby="exports">
            <h2 id="exports">{t("exports")}</h2>
            <NewExportForm />
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
        )}
      </div>
    </Page>
  );
}
