// Notices in the reader's areas, the newest first, with the share of reached households.
import { NoticeStateTag } from "../notices/facts";
import { type Notice, textFor } from "../notices/notice";
import { isStoring } from "../notices/publication-progress";
import { formatPercent } from "../figures/rate";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { NOTICE_PURPOSE, NOTICE_STATE } from "../words/notices";

const PAGE = 20;

export default function NoticesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const { query } = props;
  const params = { ...Object.fromEntries(query), limit: PAGE };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/notices", { params: { query: params as never } })),
    `notices ${query}`,
    false,
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    navigate(`notices?${queryString(fields)}`);
  };
  return (
    <Page
      title={t("notices")}
      testid="notices"
      tools={
        hasPermission(me, "notice:write") && (
          <button type="button" class="main" onClick={() => navigate("notice/new")} data-testid="new-notice">
            {t("new_notice")}
          </button>
        )
      }
    >
      <p class="quiet">{t("notices_mean")}</p>
      <form class="filters" onSubmit={submit} aria-label={t("filter")}>
        <Choice name="state" label={t("status")} codes={NOTICE_STATE} chosen={query.get("state")} />
        <Choice name="purpose" label={t("notice_purpose")} codes={NOTICE_PURPOSE} chosen={query.get("purpose")} />
        <span class="buttons">
          <button class="main" data-testid="search-notices">
            {t("search")}
          </button>
        </span>
      </form>
      <Loaded query={list}>
        {(data) => (
          <>
            <NoticeTable items={data.items} />
            <Pager query={query} page="notices" next={data.next} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Choice(props: { name: string; label: string; codes: typeof NOTICE_STATE; chosen: string | null }) {
  const t = useTranslation();
  return (
    <label>
      {props.label}
      <select name={props.name} defaultValue={props.chosen ?? ""}>
        <option value="">{t("any_state")}</option>
        {Object.keys(props.codes).map((code) => (
          <option key={code} value={code}>
            {t.code(props.codes, code)}
          </option>
        ))}
      </select>
    </label>
  );
}

function NoticeTable(props: { items: Notice[] }) {
  const t = useTranslation();
  const published = props.items
    .filter((notice) => notice.published_at && !isStoring(notice))
    .map((notice) => notice.id);
  const coverage = useQuery(() => readCoverages(published), `coverages ${published.join()}`, false);
  if (!props.items.length) return <p data-testid="no-notices">{t("no_notices")}</p>;
  const share = (id: string) => {
    const counted = coverage.data?.get(id);
    if (!counted) return published.includes(id) && coverage.data === null ? "…" : "–";
    const values = { share: ratio(counted), n: counted.reached, all: counted.households };
    return t("reached_of", values);
  };
  return (
    <Table
      caption={t("page_of_notices", { n: props.items.length })}
      heads={[
        t("notice_title"),
        t("status"),
        t("notice_purpose"),
        t("notice_valid"),
        t("notice_sender"),
        t("notice_households"),
        t("notice_reached"),
      ]}
      numbers={[5]}
      testid="notice-table"
    >
      {props.items.map((notice) => (
        <tr key={notice.id}>
          <th scope="row">
            <a href={`#/notice/${notice.id}`}>{textFor(notice.texts, t.language).title}</a>
          </th>
          <td>
            <NoticeStateTag state={notice.state} />
            {isStoring(notice) && (
              <div class="quiet" data-testid="stored">
                {t("stored_of", { n: notice.households_stored ?? 0, all: notice.households ?? 0 })}
              </div>
            )}
          </td>
          <td>{t.code(NOTICE_PURPOSE, notice.purpose)}</td>
          <td>
            <time dateTime={notice.valid_from}>{t.at(notice.valid_from)}</time> –{" "}
            <time dateTime={notice.valid_until}>{t.at(notice.valid_until)}</time>
          </td>
          <td>{t.named(notice.sender_area?.name)}</td>
          <td class="number">{notice.households ?? "–"}</td>
          <td data-testid="reached">{share(notice.id)}</td>
        </tr>
      ))}
    </Table>
  );
}

const ratio = (counted: Schemas["CoverageNumbers"]) =>
  formatPercent(counted.households ? counted.reached / counted.households : null);

/** One request for the page. Without an answer no notice has a share. */
async function readCoverages(ids: string[]): Promise<Map<string, Schemas["CoverageNumbers"]>> {
  const coverages = new Map<string, Schemas["CoverageNumbers"]>();
  if (ids.length === 0) return coverages;
  const query = { ids: ids.join() };
  const counted = await callApi(client.GET("/api/v1/notices/coverages", { params: { query } })).catch(() => null);
  for (const item of counted?.items ?? []) coverages.set(item.notice_id, item);
  return coverages;
}
