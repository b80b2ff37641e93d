// A printable page of the API, displayed here because it needs the access token, which a link could not send.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { followPath } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { PrintedPage } from "../ui/printed-page";

export default function PrintPreviewPage(props: { path: string }) {
  const t = useTranslation();
  const isOurs = props.path.startsWith("/api/v1/") && !props.path.includes("..");
  const paper = useQuery(
    () => (isOurs ? followPath<string>(props.path, "text") : Promise.reject(new Error(props.path))),
    `paper ${props.path}`,
    false,
  );
  return (
    <Page
      title={t("print")}
      testid="paper"
      tools={
        <>
          <button type="button" class="plain" onClick={() => history.back()}>
            {t("back")}
          </button>
          <button type="button" class="main" onClick={() => print()}>
            {t("print")}
          </button>
        </>
      }
    >
      <Loaded query={paper}>{(html) => <PrintedPage html={html} title={t("print")} />}</Loaded>
    </Page>
  );
}
