// One household: members with masked fields, care, consents and visits.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { Members } from "../households/members";
import { Visits } from "../households/visits";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { CONSENT_WAY, HOUSEHOLD_KIND, PREMISES_KIND } from "../words/households";

type Household = Schemas["HouseholdDetail"];

export default function HouseholdPage(props: { id: string }) {
  const t = useTranslation();
  const query = useQuery(
    () => callApi(client.GET("/api/v1/households/{household_id}", { params: { path: { household_id: props.id } } })),
    `household ${props.id}`,
    false,
  );
  const household = query.data;
  return (
    <Page
      title={household ? `${household.address ?? ""} ${household.label ?? ""}`.trim() : t("households")}
      testid="household"
      tools={<a href="#/households">{t("households")}</a>}
    >
      <Loaded query={query}>
        {(data) => (
          <>
            <Facts household={data} />
            {data.members ? (
              <>
                <Members members={data.members} />
                <Consents household={data} />
                <Visits householdId={props.id} />
              </>
            ) : (
              <p data-testid="people-not-shown">{t("people_not_shown")}</p>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Facts(props: { household: Household }) {
  const t = useTranslation();
  const { household } = props;
  const { visits } = household;
  return (
    <dl data-testid="household-facts">
      <dt>{t("household_kind")}</dt>
      <dd>{t.code(HOUSEHOLD_KIND, household.kind)}</dd>
      <dt>{t("premises_kind")}</dt>
      <dd>{t.code(PREMISES_KIND, household.premises?.kind)}</dd>
      <dt>{t("of_grid")}</dt>
      <dd>{t.named(household.grid?.name)}</dd>
      {visits && (
        <>
          <dt>{t("next_visit")}</dt>
          <dd data-testid="next-visit">
            {visits.declined_at
              ? t("visits_declined", { at: t.at(visits.declined_at) })
              : visits.moved_away_at
                ? t("has_moved_away", { at: t.at(visits.moved_away_at) })
                : visits.next_due
                  ? t("visit_since", { day: t.day(visits.next_due) })
                  : t("no_next_visit")}
          </dd>
        </>
      )}
    </dl>
  );
}

function Consents(props: { household: Household }) {
  const t = useTranslation();
  const consents = props.household.consents ?? [];
  if (!consents.length) return null;
  return (
    <section aria-labelledby="consents">
      <h2 id="consents">{t("consents")}</h2>
      <ul class="notes">
        {consents.map((consent) => (
          <li key={consent.id}>
            {t("consent_given", {
              what: consent.purpose ?? "",
              way: t.code(CONSENT_WAY, consent.given_by_way),
              at: t.at(consent.given_at),
            })}
            {consent.withdrawn_at && (
              <span class="bad"> {t("consent_withdrawn", { at: t.at(consent.withdrawn_at) })}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
