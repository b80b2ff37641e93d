// Whom a notice reaches before it is published: in all, by channel, by grid, and each household.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { NOTICE_CHANNEL } from "../words/notices";
import { NoticeDecisions } from "./decisions";
import { HouseholdCells, householdHeads } from "./household-cells";
import type { Notice } from "./notice";

const PAGE = 50;

export function Preview(props: { notice: Notice; query: URLSearchParams; reload: () => void }) {
  const t = useTranslation();
  const { notice, query } = props;
  const path = { notice_id: notice.id };
  const preview = useQuery(
    () => callApi(client.GET("/api/v1/notices/{notice_id}/preview", { params: { path } })),
    `preview ${notice.id} ${notice.version}`,
    false,
  );
  const reload = () => {
    preview.reload();
    props.reload();
  };
  return (
    <section aria-labelledby="preview" data-testid="preview">
      <h2 id="preview">{t("preview")}</h2>
      <Loaded query={preview}>
        {(data) => (
          <>
            <Numbers preview={data} noticeId={notice.id} />
            <NoticeDecisions notice={notice} preview={data} reload={reload} />
            <Grids preview={data} noticeId={notice.id} />
            <Households noticeId={notice.id} query={query} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Numbers(props: { preview: Schemas["NoticePreview"]; noticeId: string }) {
  const t = useTranslation();
  const { preview } = props;
  return (
    <>
      <p>
        <b data-testid="preview-households">{t("preview_reaches", { n: preview.households })}</b>
        {preview.opted_out > 0 && (
          <>
            {" · "}
            <a href={`#/notice/${props.noticeId}?is_reached=false`} data-testid="preview-opted-out">
              {t("preview_opted_out", { n: preview.opted_out })}
            </a>
          </>
        )}
      </p>
      <dl data-testid="preview-channels" aria-label={t("preview_channels")}>
        {Object.entries(preview.channels).map(([channel, count]) => (
          <>
            <dt key={channel}>{t.code(NOTICE_CHANNEL, channel)}</dt>
            <dd>{count}</dd>
          </>
        ))}
      </dl>
    </>
  );
}

function Grids(props: { preview: Schemas["NoticePreview"]; noticeId: string }) {
  const t = useTranslation();
  const { grids, grid_count } = props.preview;
  const to = (grid: string | undefined, isReached: boolean) =>
    `#/notice/${props.noticeId}?${queryString({ grid_id: grid, is_reached: isReached ? "" : "false" })}`;
  if (!grids.length) return null;
  return (
    <>
      {grids.length < grid_count && <p class="quiet">{t("grids_shown", { n: grids.length, all: grid_count })}</p>}
      <Table
        caption={t("preview_grids")}
        heads={[t("of_grid"), t("notice_households"), t("opted_out")]}
        numbers={[1, 2]}
        testid="preview-grids"
      >
        {grids.map(({ grid, households, opted_out }) => {
          const name = grid ? t.named(grid.name) : t("no_grid");
          return (
            <tr key={grid?.id ?? ""}>
              <th scope="row">{name}</th>
              <td class="number">
                {grid ? (
                  <a href={to(grid.id, true)} class="figure" aria-label={`${name}: ${households}`}>
                    {households}
                  </a>
                ) : (
                  households
                )}
              </td>
              <td class="number">
                {grid && opted_out > 0 ? (
                  <a href={to(grid.id, false)} class="figure" aria-label={`${name}, ${t("opted_out")}: ${opted_out}`}>
                    {opted_out}
                  </a>
                ) : (
                  opted_out
                )}
              </td>
            </tr>
          );
        })}
      </Table>
    </>
  );
}

function Households(props: { noticeId: string; query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const params = { ...Object.fromEntries(query), limit: PAGE };
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/notices/{notice_id}/preview/households", {
          params: { path: { notice_id: props.noticeId }, query: params as never },
        }),
      ),
    `previewed ${props.noticeId} ${query}`,
    false,
  );
  const isFiltered = query.has("grid_id") || query.has("is_reached");
  return (
    <Loaded query={list}>
      {(data) => (
        <>
          {isFiltered && (
            <p>
              <a href={`#/notice/${props.noticeId}`}>{t("show_all")}</a>
            </p>
          )}
          <Table
            caption={t(query.get("is_reached") === "false" ? "opted_out" : "previewed")}
            heads={[...householdHeads(t), t("notice_channels")]}
            testid="previewed"
          >
            {data.items.map(({ household, channels }) => (
              <tr key={household.id}>
                <HouseholdCells household={household} />
                <td>{channels.length ? t.list(channels.map((code) => t.code(NOTICE_CHANNEL, code))) : "–"}</td>
              </tr>
            ))}
          </Table>
          <Pager query={query} page={`notice/${props.noticeId}`} next={data.next} />
        </>
      )}
    </Loaded>
  );
}
