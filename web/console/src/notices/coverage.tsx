// The coverage of a published notice: states and grids, each number with its households, and the sheets of a grid.
import { formatPercent } from "../figures/rate";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { HOUSEHOLD_STATE, REACHED_STATES } from "../words/notices";
import { HouseholdCells, householdHeads } from "./household-cells";
import type { Notice } from "./notice";

const PAGE = 50;
const FILTERS = ["state", "grid_id", "in_no_grid"];

export function Coverage(props: { notice: Notice; query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const { notice, query } = props;
  const path = { notice_id: notice.id };
  const coverage = useQuery(
    () => callApi(client.GET("/api/v1/notices/{notice_id}/coverage", { params: { path } })),
    `coverage ${notice.id} ${notice.version}`,
    false,
  );
  const mayPrint =
    notice.state === "published" && notice.channels.includes("paper") && hasPermission(me, "household:edit");
  return (
    <section aria-labelledby="coverage" data-testid="coverage">
      <h2 id="coverage">{t("coverage")}</h2>
      <Loaded query={coverage}>
        {(data) => (
          <>
            <States coverage={data} />
            {query.size > 0 && <Addressees noticeId={notice.id} query={query} />}
            <Grids coverage={data} mayPrint={mayPrint} />
          </>
        )}
      </Loaded>
    </section>
  );
}

const share = (counted: { reached: number; households: number }) =>
  formatPercent(counted.households ? counted.reached / counted.households : null);

function States(props: { coverage: Schemas["NoticeCoverage"] }) {
  const t = useTranslation();
  const { coverage } = props;
  return (
    <>
      <p data-testid="reached-share">
        {t("what_of", {
          what: t("notice_reached"),
          of: t("reached_of", { share: share(coverage), n: coverage.reached, all: coverage.households }),
        })}
      </p>
      <ul class="counts" aria-label={t("coverage_states")} data-testid="coverage-states">
        {Object.keys(HOUSEHOLD_STATE).map((state) => {
          const name = t.code(HOUSEHOLD_STATE, state);
          const count = coverage.states[state] ?? 0;
          return (
            <li key={state} class={state === "needs_help" && count ? "bad" : ""}>
              {name}
              <MemberLink noticeId={coverage.notice_id} filter={{ state }} count={count} label={name} />
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** A number that opens exactly the households that it counts. */
function MemberLink(props: { noticeId: string; filter: Record<string, string>; count: number; label: string }) {
  if (!props.count) return <span class="figure">0</span>;
  return (
    <a
      class="figure"
      href={`#/notice/${props.noticeId}?${queryString(props.filter)}`}
      aria-label={`${props.label}: ${props.count}`}
    >
      {props.count}
    </a>
  );
}

function Grids(props: { coverage: Schemas["NoticeCoverage"]; mayPrint: boolean }) {
  const t = useTranslation();
  const { grids, grid_count, notice_id } = props.coverage;
  const heads = [
    t("of_grid"),
    t("addressed"),
    t("notice_reached"),
    "%",
    t.code(HOUSEHOLD_STATE, "understood"),
    t.code(HOUSEHOLD_STATE, "needs_help"),
  ];
  return (
    <>
      {grids.length < grid_count && <p class="quiet">{t("grids_shown", { n: grids.length, all: grid_count })}</p>}
      <Table
        caption={t("coverage_grids")}
        heads={props.mayPrint ? [...heads, t("print_sheets")] : heads}
        numbers={[1, 2, 3, 4, 5]}
        testid="coverage-grids"
      >
        {grids.map((row) => {
          const name = row.grid ? t.named(row.grid.name) : t("no_grid");
          const place: Record<string, string> = row.grid ? { grid_id: row.grid.id } : { in_no_grid: "true" };
          const cell = (state: string, count: number, label: string) => (
            <td class="number">
              <MemberLink
                noticeId={notice_id}
                filter={{ ...place, state }}
                count={count}
                label={label ? `${name}, ${label}` : name}
              />
            </td>
          );
          return (
            <tr key={row.grid?.id ?? ""}>
              <th scope="row">{name}</th>
              {cell("", row.addressed, t("addressed"))}
              {cell(REACHED_STATES.join(), row.reached, t("notice_reached"))}
              <td class="number">{share(row)}</td>
              {cell("understood", row.understood, t.code(HOUSEHOLD_STATE, "understood"))}
              {cell("needs_help", row.needs_help, t.code(HOUSEHOLD_STATE, "needs_help"))}
              {props.mayPrint && (
                <td>
                  {row.grid && (
                    <a href={`#/notice/${notice_id}?sheets=${row.grid.id}`} data-testid="to-sheets">
                      {t("print_grid", { grid: name })}
                    </a>
                  )}
                </td>
              )}
            </tr>
          );
        })}
      </Table>
    </>
  );
}

function Addressees(props: { noticeId: string; query: URLSearchParams }) {
  const t = useTranslation();
  const { query } = props;
  const params = { ...Object.fromEntries(query), limit: PAGE };
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/notices/{notice_id}/households", {
          params: { path: { notice_id: props.noticeId }, query: params as never },
        }),
      ),
    `addressees ${props.noticeId} ${query}`,
    false,
  );
  const states = (query.get("state") ?? "").split(",").filter(Boolean);
  const names = t.list(states.map((state) => t.code(HOUSEHOLD_STATE, state)));
  const title = names ? t("what_of", { what: t("addressee_list"), of: names }) : t("addressee_list");
  return (
    <section aria-labelledby="addressees" data-testid="addressees">
      <h3 id="addressees">{title}</h3>
      {FILTERS.some((name) => query.has(name)) && (
        <p>
          <a href={`#/notice/${props.noticeId}`}>{t("close")}</a>
        </p>
      )}
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p>{t("addressee_none")}</p>
          ) : (
            <>
              <Table
                caption={title}
                heads={[...householdHeads(t), t("status"), t("state_at"), t("told_by")]}
                testid="addressee-table"
              >
                {data.items.map(({ household, state, state_at, told_by }) => (
                  <tr key={household.id}>
                    <HouseholdCells household={household} />
                    <td>{t.code(HOUSEHOLD_STATE, state)}</td>
                    <td>
                      <time dateTime={state_at}>{t.at(state_at)}</time>
                    </td>
                    <td>{told_by?.name ?? "–"}</td>
                  </tr>
                ))}
              </Table>
              <Pager query={query} page={`notice/${props.noticeId}`} next={data.next} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
