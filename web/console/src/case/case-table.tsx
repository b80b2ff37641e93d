// A page of cases as a table, with check boxes where cases can be selected.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { placeWords } from "../../../src/place-words";
import { useCategoryName } from "../hooks/reference-data";
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { DueTime } from "../ui/due-time";
import { isLate } from "../ui/lateness";
import { StatusTag } from "../ui/status-tag";
import { type Order, Table } from "../ui/table";
import type { TextKey } from "../words";
import { holderName } from "./holder";
import { type ListPage, nextSort, sortedAddress } from "./list-query";
import { BULK_LIMIT, type Selection } from "./selection";

type Incident = Schemas["IncidentOut"];

export const toSelection = (cases: Incident[]): Selection =>
  new Map(cases.map((incident) => [incident.id, incident.case_no ?? ""]));

/** Columns after the number of the case; `sort`: the order of the API by this column. */
const COLUMNS: Record<string, { name: TextKey; sort?: string }> = {
  status: { name: "status", sort: "status" },
  priority: { name: "priority", sort: "priority" },
  category: { name: "category", sort: "category" },
  description: { name: "description" },
  grid: { name: "grid" },
  holder: { name: "with_whom" },
  due: { name: "due", sort: "due_at" },
};
const BESIDE_MAP = ["due", "status", "priority"];

/** A page of cases. With `onChoose` each row has a check box, and there is one for all. */
export function CaseTable(props: {
  cases: Incident[];
  caption: string;
  chosen?: Selection;
  onChoose?: (chosen: Selection) => void;
  /** The order of the list and its address: the heads of columns are links to other orders. */
  order?: { sort: string; query: URLSearchParams; page: ListPage };
  /** Where the number of a case leads; undefined: nowhere. */
  addressOf: ((incident: Incident) => string) | undefined;
  /** The table stands beside a map: fewer columns, the row of the open case is marked, and each row points at its place. */
  beside?: { openId: string | null; onPoint: (place: [number, number] | null) => void };
}) {
  const t = useTranslation();
  const { cases, chosen, onChoose, order, beside } = props;
  const category = useCategoryName();
  const body = useRef<HTMLDivElement>(null);
  // A case that is chosen on the map may be far down.
  useEffect(() => {
    if (beside?.openId)
      body.current?.querySelector("tr[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [beside?.openId, cases]);
  const isAll = cases.length > 0 && cases.every((incident) => chosen?.has(incident.id));
  const choose = (incidents: Incident[], isSelected: boolean) => {
    const next = new Map(chosen);
    for (const incident of incidents)
      if (isSelected) next.set(incident.id, incident.case_no ?? "");
      else next.delete(incident.id);
    onChoose?.(new Map([...next].slice(0, BULK_LIMIT)));
  };
  const holderOf = (incident: Incident) => holderName(t.language, incident.assignment);
  const placeOf = (incident: Incident) => t.named(incident.grid?.name ?? incident.area?.name);
  const cells: Record<string, (incident: Incident) => ComponentChildren> = {
    status: (incident) => (
      <td>
        <StatusTag status={incident.status ?? ""} overdue={isLate(incident)} />
        {beside && <small class="below">{holderOf(incident)}</small>}
      </td>
    ),
    priority: (incident) => <td class="number">{incident.priority}</td>,
    category: (incident) => <td>{category(incident.category)}</td>,
    description: (incident) => <td class="words">{incident.description}</td>,
    grid: (incident) => (
      <td>
        {placeOf(incident)}
        <small class="below">{placeWords(t.language, incident.place)}</small>
      </td>
    ),
    holder: (incident) => <td>{holderOf(incident)}</td>,
    due: (incident) => (
      <td>
        <DueTime incident={incident} />
      </td>
    ),
  };
  const shown = beside ? BESIDE_MAP : Object.keys(COLUMNS);
  const columns: { name: string; sort?: string | undefined }[] = [
    { name: t("case_no"), sort: "reported_at" },
    ...shown.map((column) => ({ name: t(COLUMNS[column]!.name), sort: COLUMNS[column]!.sort })),
  ];
  const sortedKey = order?.sort.replace(/^-/, "");
  const direction: Order = order?.sort.startsWith("-") ? "descending" : "ascending";
  const sortedAt = columns.findIndex(({ sort }) => sort !== undefined && sort === sortedKey);
  if (cases.length === 0) return <p class="quiet">{t("nothing")}</p>;
  return (
    <div ref={body} class={beside ? "beside-map" : ""}>
      {onChoose && (
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => choose(cases, event.currentTarget.checked)}
            data-testid="choose-page"
          />{" "}
          {t("choose_page")}
        </label>
      )}
      <Table
        caption={props.caption}
        testid="case-table"
        heads={columns.map(({ name, sort }) =>
          order && sort ? (
            <a
              class="sort"
              href={sortedAddress(order.query, nextSort(order.sort, sort), order.page)}
              data-testid={`sort-${sort}`}
            >
              {name}
              <span aria-hidden="true">{sort !== sortedKey ? " ↕" : direction === "ascending" ? " ▲" : " ▼"}</span>
            </a>
          ) : (
            name
          ),
        )}
        orders={sortedAt < 0 ? {} : { [sortedAt]: direction }}
      >
        {cases.map((incident) => (
          <Row
            key={incident.id}
            incident={incident}
            isOpen={beside?.openId === incident.id}
            onPoint={beside?.onPoint}
            address={props.addressOf?.(incident)}
            isChosen={chosen?.has(incident.id) ?? false}
            onChoose={onChoose && ((isSelected) => choose([incident], isSelected))}
            below={
              beside &&
              [
                category(incident.category),
                placeWords(t.language, incident.place) || placeOf(incident),
                incident.description,
              ]
                .filter(Boolean)
                .join(" · ")
            }
          >
            {shown.map((column) => cells[column]!(incident))}
          </Row>
        ))}
      </Table>
    </div>
  );
}

/** A row. Beside the map a press anywhere in it opens the case, and the mouse or focus marks its place. */
function Row(props: {
  incident: Incident;
  isOpen: boolean;
  onPoint: ((place: [number, number] | null) => void) | undefined;
  address: string | undefined;
  isChosen: boolean;
  onChoose: ((isSelected: boolean) => void) | undefined;
  /** A second line below the number. */
  below: string | undefined;
  children: ComponentChildren;
}) {
  const t = useTranslation();
  const { incident, address, onPoint } = props;
  const at = (incident.location?.coordinates as [number, number] | undefined) ?? null;
  const mark = onPoint && {
    onMouseEnter: () => onPoint(at),
    onMouseLeave: () => onPoint(null),
    onFocusIn: () => onPoint(at),
    onFocusOut: () => onPoint(null),
    onClick: (event: MouseEvent) => {
      const isControl = event.target instanceof Element && event.target.closest("a, input, button, label");
      if (address && !isControl) location.hash = address;
    },
  };
  return (
    <tr aria-current={props.isOpen ? "true" : undefined} {...mark}>
      <th scope="row">
        {props.onChoose && (
          <input
            type="checkbox"
            aria-label={t("choose_case", { no: incident.case_no ?? "" })}
            checked={props.isChosen}
            onChange={(event) => props.onChoose!(event.currentTarget.checked)}
            data-testid={`choose-${incident.case_no}`}
          />
        )}
        {address ? <a href={address}>{incident.case_no}</a> : incident.case_no}
        {props.below && (
          <small class="below" title={props.below}>
            {props.below}
          </small>
        )}
      </th>
      {props.children}
    </tr>
  );
}
