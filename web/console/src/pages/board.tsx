// All open work that I direct, every number with its members, and what waits for me, longest first.
import { useAreas, useCategoryName } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { Figure } from "../ui/figure-link";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { ATTEMPT, STATUS } from "../words/codes";

export function BoardPage(props: { query: URLSearchParams }) {
  const t = useWords();
  const within = props.query.get("within") ?? "";
  const asked = within ? { within } : {};
  const board = useLoaded(() => load(client.GET("/api/v1/supervision/board", { params: { query: asked } })), `board ${within}`);
  return (
    <Page title={t("board")} testid="board" tools={<Tools within={within} at={board.at} />}>
      <Ready of={board}>{(data) => <Counts board={data} />}</Ready>
      <Queue within={within} cursor={props.query.get("cursor") ?? ""} />
      <Ready of={{ ...board, error: null }}>{(data) => <Groups board={data} />}</Ready>
    </Page>
  );
}

function Tools(props: { within: string; at: number | null }) {
  const t = useWords();
  const me = useMe();
  const streets = useAreas("street");
  const communities = useAreas("community");
  return (
    <>
      <label class="inline">
        {t("within")}
        <select value={props.within} onChange={(event) => go(`board?${queryOf({ within: event.currentTarget.value })}`)}>
          <option value="">{t("all_mine")}{me.areas.length > 0 && `（${me.areas.map((area) => t.named(area.name)).join("、")}）`}</option>
          {[...streets, ...communities].map((area) => (
            <option key={area.id} value={area.id}>{t.named(area.properties?.name)}</option>
          ))}
        </select>
      </label>
      {props.at && <span class="quiet">{t("refreshed", { at: t.at(props.at) })}</span>}
      <button type="button" class="plain" onClick={() => print()}>{t("print")}</button>
    </>
  );
}

const LATE = new Set(["overdue", "verify_overdue", "stage_overdue", "escalated"]);

/** Shown where there are any. */
const RARE = ["warned", "stage_overdue", "escalated", "supervised", "extension"] as const;

function Counts(props: { board: Schemas["Board"] }) {
  const t = useWords();
  const { board } = props;
  return (
    <ul class="counts">
      {(["open", "overdue", "urgent", "waiting", "verify_overdue", ...RARE.filter((rare) => board[rare]?.count)] as const).map((name) => (
        <li key={name} class={LATE.has(name) && board[name]?.count ? "bad" : ""}>
          <Figure of={board[name]} label={t(name)} />
          <span aria-hidden="true">{t(name)}</span>
        </li>
      ))}
    </ul>
  );
}

type Counted = { open?: Schemas["Figure"]; overdue?: Schemas["Figure"] };

function Both(props: { name: string; of: Counted; share?: number | undefined }) {
  const t = useWords();
  return (
    <tr>
      <th scope="row">{props.name}</th>
      <td class="number"><Figure of={props.of.open} label={`${props.name} ${t("open")}`} /></td>
      <td class="number"><Figure of={props.of.overdue} label={`${props.name} ${t("overdue")}`} bad /></td>
      {props.share !== undefined && <td class="number">{(100 * props.share).toFixed(1)} %</td>}
    </tr>
  );
}

function Groups(props: { board: Schemas["Board"] }) {
  const t = useWords();
  const { board } = props;
  const heads = (first: string) => [first, t("open"), t("overdue")];
  const areaName = (area: Schemas["BoardArea"] | null | undefined) => (area ? t.named(area.name) : t("elsewhere"));
  const unitName = (unit: Schemas["BoardUnit"] | null | undefined) => (unit ? t.named(unit.name) : t("no_unit"));
  return (
    <div class="columns">
      <Table caption={t("by_status")} heads={heads(t("status"))} numbers={[1, 2]}>
        {board.by_status?.map((one) => <Both key={one.status} name={t.code(STATUS, one.status)} of={one} />)}
      </Table>
      {!!board.by_waiting_reason?.length && <Table caption={t("by_reason")} heads={heads(t("by_reason"))} numbers={[1, 2]}>
        {board.by_waiting_reason?.map((one) => <Both key={one.reason} name={t.named(one.sentence)} of={one} />)}
      </Table>}
      <Table caption={t("by_attempt")} heads={heads(t("status"))} numbers={[1, 2]}>
        {board.by_attempt?.map((one) => <Both key={one.state} name={t.code(ATTEMPT, one.state)} of={one} />)}
      </Table>
      <Table caption={t("by_area")} heads={heads(t("area"))} numbers={[1, 2]}>
        {board.by_area?.map((one) => <Both key={one.area?.id ?? ""} name={areaName(one.area)} of={one} />)}
      </Table>
      <Table caption={t("by_unit")} heads={heads(t("unit"))} numbers={[1, 2]}>
        {board.by_unit?.map((one) => <Both key={one.unit?.id ?? ""} name={unitName(one.unit)} of={one} />)}
      </Table>
      <Table caption={t("worst")} heads={[...heads(t("group")), t("share")]} numbers={[1, 2, 3]}>
        {board.worst?.areas?.map((one) => <Both key={`a${one.area?.id}`} name={areaName(one.area)} of={one} share={one.overdue_share} />)}
        {board.worst?.units?.map((one) => <Both key={`u${one.unit?.id}`} name={unitName(one.unit)} of={one} share={one.overdue_share} />)}
      </Table>
    </div>
  );
}

function Queue(props: { within: string; cursor: string }) {
  const t = useWords();
  const category = useCategoryName();
  const { within, cursor } = props;
  const query = { limit: 10, ...(within ? { within } : {}), ...(cursor ? { cursor } : {}) };
  const queue = useLoaded(() => load(client.GET("/api/v1/supervision/queue", { params: { query } })), `queue ${within} ${cursor}`);
  return (
    <section aria-labelledby="queue">
      <h2 id="queue">{t("queue")}</h2>
      <Ready of={queue}>
        {(data) =>
          data.items?.length ? (
            <>
              <ol class="queue" data-testid="queue">
                {data.items.map(({ incident, sentence, since }) => (
                  <li key={incident?.id} class={incident?.is_overdue ? "late" : ""}>
                    <a href={`#/case/${incident?.id}`}>
                      <b>{incident?.case_no}</b> {category(incident?.category)}
                    </a>
                    <span>{t.named(sentence)}</span>
                    <small>
                      {t("waits_for", { span: t.span((Date.now() - Date.parse(since ?? "")) / 1000) })}
                      {incident?.grid && ` · ${t.named(incident.grid.name)}`}
                      {incident?.is_overdue && <b class="bad"> · {t("overdue")}</b>}
                    </small>
                  </li>
                ))}
              </ol>
              {(cursor || data.next) && (
                <p class="pager">
                  {cursor && <a href={`#/board?${queryOf({ within })}`}>{t("first_page")}</a>}
                  {data.next && <a href={`#/board?${queryOf({ within, cursor: data.next })}`}>{t("next_page")}</a>}
                </p>
              )}
            </>
          ) : (
            <p class="quiet">{t("queue_empty")}</p>
          )
        }
      </Ready>
    </section>
  );
}
