// The register of the reader's areas: households by address, grid and care, or by the whole name of a resident.
import { useState } from "preact/hooks";
import { CARE } from "../../../src/care-words";
import { useMe, hasPermission } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { AreaSelect } from "../ui/area-select";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { HOUSEHOLD_KIND, PREMISES_KIND } from "../words/households";

const PAGE = 50;

export default function HouseholdsPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const me = useMe();
  const { query } = props;
  const [found, setFound] = useState<Schemas["HouseholdPage"] | null>(null);
  const params = { limit: PAGE, ...Object.fromEntries(query) };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/households", { params: { query: params as never } })),
    `households ${query}`,
    false,
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    navigate(`households?${queryString({ ...fields, q: fields["q"]?.trim() })}`);
  };
  const mayReadResidents = hasPermission(me, "resident:read");
  return (
    <Page title={t("households")} testid="households">
      <form class="filters" onSubmit={submit} aria-label={t("filter")}>
        {hasPermission(me, "address:read") && (
          <label>
            {t("find_address")}
            <input type="search" name="q" minLength={2} maxLength={100} defaultValue={query.get("q") ?? ""} />
          </label>
        )}
        <label>
          {t("of_grid")}
          <AreaSelect name="grid_id" isOwnOnly none={t("all_mine")} chosen={query.get("grid_id")} only={["grid"]} />
        </label>
        {mayReadResidents && (
          <label>
            {t("with_care")}
            <select name="care" defaultValue={query.get("care") ?? ""}>
              <option value="">{t("any_care")}</option>
              {Object.keys(CARE).map((kind) => (
                <option key={kind} value={kind}>
                  {t.code(CARE, kind)}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="buttons">
          <button class="main" data-testid="search-households">
            {t("search")}
          </button>
        </span>
      </form>
      {mayReadResidents && <NameSearch onFound={setFound} />}
      {found ? (
        <HouseholdTable items={found.items ?? []} />
      ) : (
        <Loaded query={list}>
          {(data) => (
            <>
              <HouseholdTable items={data.items ?? []} />
              <Pager query={query} page="households" next={data.next ?? null} />
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}

/** The name is sent in a body, so that no address of a page has it. */
function NameSearch(props: { onFound: (page: Schemas["HouseholdPage"] | null) => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const resident = String(new FormData(event.currentTarget as HTMLFormElement).get("resident")).trim();
    props.onFound(null);
    await mutation.run(async () =>
      props.onFound(
        await callApi(client.POST("/api/v1/households/search", { body: { resident, limit: PAGE } as never })),
      ),
    );
  };
  return (
    <details data-testid="find-by-name">
      <summary>{t("find_resident")}</summary>
      <form class="row" onSubmit={(event) => void submit(event)}>
        <label>
          {t("resident_name")}
          <input name="resident" required maxLength={100} autocomplete="off" />
        </label>
        <button disabled={mutation.isBusy}>{t("search")}</button>
        <MutationStatus mutation={mutation} doneText="" />
      </form>
      <p class="quiet">{t("find_resident_means")}</p>
    </details>
  );
}

function HouseholdTable(props: { items: Schemas["HouseholdOut"][] }) {
  const t = useTranslation();
  if (!props.items.length) return <p data-testid="no-households">{t("no_households")}</p>;
  return (
    <Table
      caption={t("page_of_households", { n: props.items.length })}
      heads={[t("household_address"), t("household_kind"), t("premises_kind"), t("of_grid")]}
      testid="household-table"
    >
      {props.items.map((household) => (
        <tr key={household.id}>
          <th scope="row">
            <a href={`#/household/${household.id}`}>
              {household.address || "…"} {household.label}
            </a>
          </th>
          <td>{t.code(HOUSEHOLD_KIND, household.kind)}</td>
          <td>{t.code(PREMISES_KIND, household.premises?.kind)}</td>
          <td>{t.named(household.grid?.name)}</td>
        </tr>
      ))}
    </Table>
  );
}
