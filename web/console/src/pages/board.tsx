// The board: all open work that the reader directs, each figure with a link to its members, and the queue of waiting cases.
import { useCategoryName } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useOwnStreetsAndCommunities } from "../hooks/use-own-areas";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { FigureLink } from "../ui/figure-link";
import { isLate } from "../ui/lateness";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { ATTEMPT, STATUS } from "../words/codes";

export function BoardPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const within = props.query.get("area_id") ?? "";
  const params = within ? { area_id: within } : {};
  const board = useQuery(
    () => callApi(client.GET("/api/v1/supervision/board", { params: { query: params } })),
    `board ${within}`,
  );
  return (
    <Page title={t("board")} testid="board" tools={<BoardTools within={within} at={board.at} />}>
      <Loaded query={board}>{(data) => <Totals board={data} />}</Loaded>
      <WaitingQueue within={within} cursor={props.query.get("cursor") ?? ""} board={board.data} />
      <Loaded query={{ ...board, error: null }}>{(data) => <GroupTables board={data} />}</Loaded>
    </Page>
  );
}

function BoardTools(props: { within: string; at: number | null }) {
  const t = useTranslation();
  const me = useMe();
  const areas = useOwnStreetsAndCommunities();
  return (
    <>
      <label class="inline">
        {t("within")}
        <select
          value={props.within}
          onChange={(event) => navigate(`board?${queryString({ area_id: event.currentTarget.value })}`)}
        >
          <option value="">
            {me.areas.length > 0
              ? t("all_mine_of", { areas: t.list(me.areas.map((area) => t.named(area.name))) })
              : t("all_mine")}
          </option>
          {areas.map((area) => (
            <option key={area.id} value={area.id}>
              {t.named(area.properties?.name)}
            </option>
          ))}
        </select>
      </label>
      {props.at && <span class="quiet">{t("refreshed", { at: t.at(props.at) })}</span>}
      <button type="button" class="plain" onClick={() => print()}>
        {t("print")}
      </button>
    </>
  );
}

const LATE_FIGURES = new Set(["overdue", "verify_overdue", "stage_overdue", "escalated"]);

/** Shown only if not zero. */
const OPTIONAL_FIGURES = ["warned", "stage_overdue", "escalated", "supervised", "extension"] as const;

function Totals(props: { board: Schemas["Board"] }) {
  const t = useTranslation();
  const { board } = props;
  return (
    <ul class="counts">
      {(
        [
          "open",
          "overdue",
          "urgent",
          "waiting",
          "verify_overdue",
          ...OPTIONAL_FIGURES.filter((rare) => board[rare]?.count),
        ] as const
      ).map((name) => (
        <li key={name} class={LATE_FIGURES.has(name) && board[name]?.count ? "bad" : ""}>
          <FigureLink figure={board[name]} label={t(name)} />
          <span aria-hidden="true">{t(name)}</span>
        </li>
      ))}
    </ul>
  );
}

type OpenAndOverdue = { open?: Schemas["Figure"]; overdue?: Schemas["Figure"] };

/** `kind`: what the group is, where areas and units are in one table. */
function CountRow(props: { name: string; kind?: string; counts: OpenAndOverdue; share?: number | undefined }) {
  const t = useTranslation();
  return (
    <tr>
      <th scope="row">
        {props.name} {props.kind && <small>{props.kind}</small>}
      </th>
      <td class="number">
        <FigureLink figure={props.counts.open} label={`${props.name} ${t("open")}`} />
      </td>
      <td class="number">
        <FigureLink figure={props.counts.overdue} label={`${props.name} ${t("overdue")}`} bad />
      </td>
      {props.share !== undefined && (
        <td class="number">
          {(100 * props.share).toFixed(1)} %
          <span class="share" aria-hidden="true">
            <i style={{ width: `${100 * props.share}%` }} />
          </span>
        </td>
      )}
    </tr>
  );
}

function GroupTables(props: { board: Schemas["Board"] }) {
  const t = useTranslation();
  const { board } = props;
  const heads = (first: string) => [first, t("open"), t("overdue")];
  const areaName = (area: Schemas["BoardArea"] | null | undefined) => (area ? t.named(area.name) : t("elsewhere"));
  const unitName = (unit: Schemas["BoardUnit"] | null | undefined) => (unit ? t.named(unit.name) : t("no_unit"));
  return (
    <div class="cards">
      <Table caption={t("by_status")} heads={heads(t("status"))} numbers={[1, 2]}>
        {board.by_status?.map((group) => (
          <CountRow key={group.status} name={t.code(STATUS, group.status)} counts={group} />
        ))}
      </Table>
      <Table caption={t("by_attempt")} heads={heads(t("status"))} numbers={[1, 2]}>
        {board.by_attempt?.map((group) => (
          <CountRow key={group.state} name={t.code(ATTEMPT, group.state)} counts={group} />
        ))}
      </Table>
      <Table caption={t("by_area")} heads={heads(t("area"))} numbers={[1, 2]}>
        {board.by_area?.map((group) => (
          <CountRow key={group.area?.id ?? ""} name={areaName(group.area)} counts={group} />
        ))}
      </Table>
      <Table caption={t("by_unit")} heads={heads(t("unit"))} numbers={[1, 2]}>
        {board.by_unit?.map((group) => (
          <CountRow key={group.unit?.id ?? ""} name={unitName(group.unit)} counts={group} />
        ))}
      </Table>
      <Table caption={t("worst")} heads={[...heads(t("group")), t("share")]} numbers={[1, 2, 3]}>
        {board.worst?.areas?.map((group) => (
          <CountRow
            key={`a${group.area?.id}`}
            name={areaName(group.area)}
            kind={t("area")}
            counts={group}
            share={group.overdue_share}
          />
        ))}
        {board.worst?.units?.map((group) => (
          <CountRow
            key={`u${group.unit?.id}`}
            name={unitName(group.unit)}
            kind={t("unit")}
            counts={group}
            share={group.overdue_share}
          />
        ))}
      </Table>
    </div>
  );
}

function WaitingQueue(props: { within: string; cursor: string; board: Schemas["Board"] | null }) {
  const t = useTranslation();
  const category = useCategoryName();
  const { within, cursor } = props;
  const query = { limit: 10, ...(within ? { area_id: within } : {}), ...(cursor ? { cursor } : {}) };
  const queue = useQuery(
    () => callApi(client.GET("/api/v1/supervision/queue", { params: { query } })),
    `queue ${within} ${cursor}`,
  );
  return (
    <section aria-labelledby="queue">
      <h2 id="queue">{t("queue")}</h2>
      <WaitingReasons board={props.board} />
      <Loaded query={queue}>
        {(data) =>
          data.items?.length ? (
            <>
              <ol class="queue" data-testid="queue">
                {data.items.map(({ incident, sentence, since }) => (
                  <li key={incident?.id} class={incident && isLate(incident) ? "late" : ""}>
                    <a href={`#/case/${incident?.id}`}>
                      <b>{incident?.case_no}</b> {category(incident?.category)}
                    </a>
                    <span>{t.named(sentence)}</span>
                    <small>
                      {t("waits_for", { span: t.span((Date.now() - Date.parse(since ?? "")) / 1000) })}
                      {incident?.grid && ` · ${t.named(incident.grid.name)}`}
                      {incident && isLate(incident) && <b class="bad"> · {t("overdue")}</b>}
                    </small>
                  </li>
                ))}
              </ol>
              {(cursor || data.next) && (
                <p class="pager">
                  {cursor && <a href={`#/board?${queryString({ area_id: within })}`}>{t("first_page")}</a>}
                  {data.next && (
                    <a href={`#/board?${queryString({ area_id: within, cursor: data.next })}`}>{t("next_page")}</a>
                  )}
                </p>
              )}
            </>
          ) : (
            <p class="quiet">{t("queue_empty")}</p>
          )
        }
      </Loaded>
    </section>
  );
}

/** What the cases wait for, each with its number of cases. */
function WaitingReasons(props: { board: Schemas["Board"] | null }) {
  const t = useTranslation();
  const reasons = props.board?.by_waiting_reason ?? [];
  if (reasons.length === 0) return null;
  return (
    <ul class="reasons" aria-label={t("by_reason")} data-testid="waiting-reasons">
      {reasons.map((group) => (
        <li key={group.reason}>
          <FigureLink figure={group.open} label={`${t.named(group.sentence)} ${t("open")}`} /> {t.named(group.sentence)}
          {!!group.overdue?.count && (
            <>
              {" · "}
              {t("overdue")}{" "}
              <FigureLink figure={group.overdue} label={`${t.named(group.sentence)} ${t("overdue")}`} bad />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
