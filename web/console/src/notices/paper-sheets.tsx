// Sheets on paper for the households of a grid. They are made at a press: new codes replace those of earlier sheets.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { PrintedPage } from "../ui/printed-page";
import { type Notice, textFor } from "./notice";

const SHEETS = 100;

export function PaperSheets(props: { notice: Notice; gridId: string }) {
  const t = useTranslation();
  const mutation = useMutation();
  const areaName = useAreaNames([props.gridId]);
  const [sheets, setSheets] = useState<{ html: string; next: string | null } | null>(null);
  const { notice, gridId } = props;
  const make = (cursor: string | null) =>
    void mutation.run(async () => {
      const request = client.POST("/api/v1/notices/{notice_id}/paper", {
        params: { path: { notice_id: notice.id } },
        body: { grid_id: gridId, limit: SHEETS, ...(cursor ? { cursor } : {}) },
        parseAs: "text",
      });
      const html = await callApi<string>(request);
      const { response } = await request;
      setSheets({ html, next: response.headers.get("X-Next-Cursor") });
    });
  return (
    <Page
      title={t("print_sheets")}
      testid="paper-sheets"
      tools={
        <>
          <a href={`#/notice/${notice.id}`}>{t("to_notice")}</a>
          <button
            type="button"
            class={sheets ? "" : "main"}
            disabled={mutation.isBusy || (sheets !== null && sheets.next === null)}
            onClick={() => make(sheets?.next ?? null)}
            data-testid="make-sheets"
          >
            {t(sheets ? "next_sheets" : "make_sheets")}
          </button>
          {sheets && (
            <button type="button" class="main" onClick={() => print()} data-testid="print-sheets">
              {t("print")}
            </button>
          )}
        </>
      }
    >
      <div class="screen-only">
        <p>
          {textFor(notice.texts, t.language).title} · {areaName(gridId)}
        </p>
        <p class="quiet">{t("sheets_mean")}</p>
        <MutationStatus mutation={mutation} />
      </div>
      {sheets && <PrintedPage html={sheets.html} title={t("print_sheets")} />}
    </Page>
  );
}
