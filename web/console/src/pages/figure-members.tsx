// The cases that a figure counted, with the values they had then.
import { CountedCases } from "../figures/counted-cases";
import { namesFigure, NoFigure } from "../figures/no-figure";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";

function FigureMembers(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const query = Object.fromEntries(props.query);
  const list = useQuery(
    () => callApi(client.GET("/api/v1/figures/members", { params: { query: query as never } })),
    `members ${props.query}`,
    false,
  );
  return (
    <Page
      title={t("members")}
      testid="members"
      tools={
        <button type="button" class="plain" onClick={() => history.back()}>
          {t("back")}
        </button>
      }
    >
      <Loaded query={list}>
        {(data) => (
          <>
            <CountedCases cases={data.items ?? []} caption={t("page_of_cases", { n: data.items?.length ?? 0 })} />
            <Pager query={props.query} page="members" next={data.next ?? null} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

export default function FigureMembersPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  if (namesFigure(props.query)) return <FigureMembers query={props.query} />;
  return (
    <Page title={t("members")} testid="members">
      <NoFigure />
    </Page>
  );
}
