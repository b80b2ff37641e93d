// Cases as a list, alone or beside the map. Filters, order and view are in the address, so that figures, saved views and
// bookmarks can link to it. The map has the same filters and the same selection.
import { Suspense } from "preact/compat";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { BulkActions } from "../case/bulk-actions";
import { CaseFilters } from "../case/case-filters";
import { CaseTable, toSelection } from "../case/case-table";
import type { IncidentPage } from "../case/incident";
import { changedAddress, type ListPage, listQuery, withoutPage } from "../case/list-query";
import { BULK_LIMIT, type Selection } from "../case/selection";
import { ViewLinks } from "../case/view-links";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import type { Box } from "../map/box";
import { formatBox, intersection, modernQuery, parseBox } from "../map/view-address";
import { lazyPage } from "../page-errors";
import { mayOpen } from "../page-access";
import { ACCEPT_JSON, callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";

const MapPane = lazyPage(() => import("../map/map-pane"));

/** A map that moves reports its box often; the list follows when it rests. */
const REST_MS = 300;

const readCases = (params: URLSearchParams, further: Record<string, string | number> = {}) =>
  callApi(
    client.GET("/api/v1/incidents", {
      params: { query: { ...Object.fromEntries(params), ...further } as never },
      headers: ACCEPT_JSON,
    }),
  ) as Promise<IncidentPage>;

export function CasesPage(props: { query: URLSearchParams; page: ListPage }) {
  const t = useTranslation();
  const { page } = props;
  const hasMap = page === "map";
  const query = useMemo(() => modernQuery(props.query), [props.query]);
  // Links of the list do not have the view of the map, which stays as it is.
  const linkQuery = useMemo(() => withoutView(query), [query]);
  const { params, sort, canSort } = listQuery(query);
  const [box, setBox] = useState<Box | null>(null);
  const listParams = hasMap && query.get("inview") === "true" ? paramsInView(params, box) : params;
  const list = useQuery(
    () => (listParams ? readCases(listParams, { counts: "true" }) : Promise.resolve(null)),
    `cases ${listParams}`,
  );
  // The rows stay until the next ones are there.
  const lastPage = useRef<IncidentPage | null>(null);
  if (list.data) lastPage.current = list.data;
  const printParams = new URLSearchParams({ path: `/api/v1/incidents/print?${params}` });
  const me = useMe();
  const [selection, setSelection] = useState<Selection>(new Map());
  const [isMore, setMore] = useState(false);
  const [pointed, setPointed] = useState<[number, number] | null>(null);
  const mutation = useMutation();
  const clear = () => (setSelection(new Map()), setMore(false));
  // A selection stays when the reader turns pages or moves the map, and ends with another list.
  useEffect(clear, [withoutPage(query)]);
  const chooseAll = () =>
    mutation.run(async () => {
      const rest = new URLSearchParams(listParams ?? params);
      rest.delete("cursor");
      const all = await readCases(rest, { limit: BULK_LIMIT });
      setSelection(toSelection(all.items ?? []));
      setMore(!!all.next);
    });
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const follow = (next: Box) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setBox(next), box === null ? 0 : REST_MS);
  };
  const canDirect = hasPermission(me, "incident:direct");
  const canOpenCase = mayOpen(me, "case");
  const addressOf = (incident: Schemas["IncidentOut"]) =>
    hasMap ? changedAddress("map", linkQuery, { case: incident.id, call: null }) : `#/case/${incident.id}`;
  const tools = (
    <>
      <LayoutLinks page={page} query={linkQuery} />
      {mayOpen(me, "new-case") && (
        <a href="#/new-case" data-testid="new-case-link">
          {t("new_case")}
        </a>
      )}
      {hasPermission(me, "export:run") && (
        <a href={`#/files?${new URLSearchParams({ list: withoutPage(linkQuery) })}`} data-testid="export-list">
          {t("export_cases")}
        </a>
      )}
      {mayOpen(me, "paper") && <a href={`#/paper?${printParams}`}>{t("print_list")}</a>}
    </>
  );
  const rows = (
    <Loaded query={{ ...list, data: list.data ?? (list.error === null ? lastPage.current : null) }}>
      {(data) => (
        <div aria-busy={list.data === null}>
          <p class="buttons">
            <b role="status" data-testid="totals">
              {data.counts && <Totals counts={data.counts} />}
            </b>
            {canDirect && (
              <button
                type="button"
                onClick={() => void chooseAll()}
                disabled={mutation.isBusy}
                data-testid="choose-all"
              >
                {t("choose_all", { n: BULK_LIMIT })}
              </button>
            )}
            <MutationStatus mutation={mutation} doneText="" />
          </p>
          <CaseTable
            cases={data.items ?? []}
            caption={t("page_of_cases", { n: data.items?.length ?? 0 })}
            addressOf={hasMap || canOpenCase ? addressOf : undefined}
            {...(canSort ? { order: { sort, query: linkQuery, page } } : {})}
            {...(canDirect ? { chosen: selection, onChoose: setSelection } : {})}
            {...(hasMap ? { beside: { openId: query.get("case"), onPoint: setPointed } } : {})}
          />
          <Pager query={linkQuery} page={page} next={data.next ?? null} />
        </div>
      )}
    </Loaded>
  );
  return (
    <Page title={t(hasMap ? "layout_both" : "cases")} testid={page} tools={tools}>
      <ViewLinks query={linkQuery} page={page} />
      {hasMap ? (
        // A narrow screen has no room for them above the map.
        <details class="fold" open={matchMedia("(min-width: 801px)").matches}>
          <summary>{t("filter")}</summary>
          <CaseFilters query={linkQuery} page={page} />
        </details>
      ) : (
        <CaseFilters query={linkQuery} page={page} />
      )}
      {hasMap ? (
        <div class="maps">
          <div class="list-side">{rows}</div>
          <Suspense fallback={<p class="quiet">{t("loading")}</p>}>
            <MapPane
              query={query}
              linkQuery={linkQuery}
              params={params}
              selection={selection}
              pointed={pointed}
              onBounds={follow}
              onDone={list.reload}
            />
          </Suspense>
        </div>
      ) : (
        rows
      )}
      {selection.size > 0 && (
        <BulkActions
          chosen={selection}
          notice={isMore ? t("more_than", { n: BULK_LIMIT }) : ""}
          onClear={clear}
          onDone={list.reload}
        />
      )}
    </Page>
  );
}

/** The same cases as a list, or beside the map. On a narrow screen the map replaces the list. */
function LayoutLinks(props: { page: ListPage; query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  if (!mayOpen(me, "cases") || !mayOpen(me, "map")) return null;
  const link = (page: ListPage, content: preact.ComponentChildren) => (
    <a
      href={changedAddress(page, props.query, {})}
      aria-current={props.page === page ? "true" : undefined}
      data-testid={`layout-${page}`}
    >
      {content}
    </a>
  );
  return (
    <nav class="layouts" aria-label={t("layout")}>
      {link("cases", t("layout_list"))}
      {link(
        "map",
        <>
          <span class="desk-only">{t("layout_both")}</span>
          <span class="phone-only">{t("map")}</span>
        </>,
      )}
    </nav>
  );
}

function withoutView(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete("at");
  return rest;
}

/** Return the request of the list with the box of the map; null until the map has one. */
function paramsInView(params: URLSearchParams, view: Box | null): URLSearchParams | null {
  if (view === null) return null;
  const drawn = parseBox(params.get("bbox"));
  // Boxes without a place in common: the box of a point has no cases either.
  const box = drawn ? (intersection(drawn, view) ?? [view[0], view[1], view[0], view[1]]) : view;
  const next = new URLSearchParams(params);
  next.set("bbox", formatBox(box));
  return next;
}

/** How many cases the list has on all its pages: exact up to a limit of the server. */
function Totals(props: { counts: Schemas["IncidentCounts"] }) {
  const t = useTranslation();
  const { total = 0, open = 0, overdue = 0, is_complete } = props.counts;
  if (!is_complete) return <>{t("total_over", { n: total })}</>;
  return <>{open === total ? t("totals_open", { open, overdue }) : t("totals", { total, open, overdue })}</>;
}
