// What comes in from files and goes out as files.
import { Approval, useApprovals } from "../exchange/approvals";
import { Exports, NewExport, OneExport } from "../exchange/exports";
import { Imports, NewImport, OneImport } from "../exchange/imports";
import { may, useMe } from "../hooks/use-me";
import { useWords } from "../hooks/use-translation";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";

export default function FilesPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const me = useMe();
  const { query } = props;
  const approvals = useApprovals(may(me, "export:approve"), me.id);
  const shown = (name: string) => query.get(name) ?? "";
  if (shown("import")) return <OneImport id={shown("import")} />;
  if (shown("export")) return <OneExport id={shown("export")} />;
  return (
    <Page title={t("files")} testid="files">
      <div class="columns">
        {may(me, "import:run") && (
          <section aria-labelledby="imports">
            <h2 id="imports">{t("imports")}</h2>
            <NewImport />
            <Imports cursor={shown("imports")} />
          </section>
        )}
        {may(me, "export:run") && (
          <section aria-labelledby="exports">
            <h2 id="exports">{t("exports")}</h2>
            <NewExport />
            <Ready of={approvals}>
              {(runs) => runs.length > 0 && (
                <>
                  <h3>{t("exports_waiting")}</h3>
                  <ul class="notes">{runs.map((run) => <Approval key={run.id} of={run} onDone={approvals.reload} />)}</ul>
                </>
              )}
            </Ready>
            <Exports cursor={shown("exports")} />
          </section>
        )}
      </div>
    </Page>
  );
}
