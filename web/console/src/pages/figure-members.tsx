// Exactly the cases that a figure counted, as they stood then; each opens as it is now.
import { CountedTable } from "../figures/counted-cases";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load } from "../session";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";

export default function MembersPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const query = Object.fromEntries(props.query);
  const list = useLoaded(() => load(client.GET("/api/v1/figures/members", { params: { query: query as never } })), `members ${props.query}`, false);
  return (
    <Page title={t("members")} testid="members" tools={<button type="button" class="plain" onClick={() => history.back()}>{t("back")}</button>}>
      <Ready of={list}>
        {(data) => (
          <>
            <CountedTable cases={data.items ?? []} caption={t("page_of_cases", { n: data.items?.length ?? 0 })} />
            <Pager query={props.query} page="members" next={data.next ?? null} />
          </>
        )}
      </Ready>
    </Page>
  );
}
