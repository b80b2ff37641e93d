// One notice: its form, preview and publication while nobody got it; its coverage, replies and sheets afterwards.
import { NoticeDecisions } from "../notices/decisions";
import { Coverage } from "../notices/coverage";
import { isStoring, PublicationProgress } from "../notices/publication-progress";
import { NoticeFacts } from "../notices/facts";
import { type Notice, textFor } from "../notices/notice";
import { NoticeForm } from "../notices/notice-form";
import { PaperSheets } from "../notices/paper-sheets";
import { Preview } from "../notices/preview";
import { Replies } from "../notices/replies";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate } from "../navigation";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";

export default function NoticePage(props: { id: string; query: URLSearchParams }) {
  return props.id === "new" ? <NewNotice /> : <StoredNotice {...props} />;
}

function NewNotice() {
  const t = useTranslation();
  return (
    <Page title={t("new_notice")} testid="notice" tools={<a href="#/notices">{t("notices")}</a>}>
      <NoticeForm notice={null} onDone={(id) => navigate(`notice/${id}`)} />
    </Page>
  );
}

function StoredNotice(props: { id: string; query: URLSearchParams }) {
  const t = useTranslation();
  const notice = useQuery(
    () => callApi(client.GET("/api/v1/notices/{notice_id}", { params: { path: { notice_id: props.id } } })),
    `notice ${props.id}`,
    false,
  );
  const sheetsOf = props.query.get("sheets");
  if (sheetsOf && notice.data) return <PaperSheets notice={notice.data} gridId={sheetsOf} />;
  return (
    <Page
      title={notice.data ? textFor(notice.data.texts, t.language).title : t("notices")}
      testid="notice"
      tools={<a href="#/notices">{t("notices")}</a>}
    >
      <Loaded query={notice}>
        {(data) =>
          props.query.has("edit") && data.state === "draft" ? (
            <NoticeForm notice={data} onDone={() => navigate(`notice/${data.id}`)} />
          ) : (
            <NoticeParts notice={data} query={props.query} reload={notice.reload} />
          )
        }
      </Loaded>
    </Page>
  );
}

function NoticeParts(props: { notice: Notice; query: URLSearchParams; reload: () => void }) {
  const me = useMe();
  const { notice } = props;
  if (isStoring(notice))
    return (
      <>
        <PublicationProgress notice={notice} reload={props.reload} />
        <NoticeDecisions notice={notice} preview={null} reload={props.reload} />
        <NoticeFacts notice={notice} />
      </>
    );
  if (notice.published_at)
    return (
      <>
        <Coverage notice={notice} query={props.query} />
        {hasPermission(me, "incident:read") && <Replies noticeId={notice.id} />}
        <NoticeFacts notice={notice} />
        <NoticeDecisions notice={notice} preview={null} reload={props.reload} />
      </>
    );
  return (
    <>
      <NoticeFacts notice={notice} />
      {notice.state === "withdrawn" ? null : <Preview {...props} />}
    </>
  );
}
