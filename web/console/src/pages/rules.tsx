// Versions of the rules: what stands behind each, and the figure before and after it.
import { useJurisdiction } from "../hooks/use-jurisdiction";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { EffectOfVersion } from "../rules/effect";
import { EvidenceForm } from "../rules/evidence-form";
import { EvidenceList } from "../rules/evidence-list";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";
import { Table } from "../ui/table";
import { VERSION_STATE } from "../words/rules";

const MAX_VERSIONS = 50;

export default function RulesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const jurisdiction = useJurisdiction(props.query.get("jurisdiction"));
  return (
    <Page title={t("rules")} testid="rules">
      <p class="quiet">{t("rules_mean")}</p>
      <Loaded query={jurisdiction}>
        {({ chosen, all }) => (
          <>
            {all.length > 1 && (
              <label class="inline">
                {t("jurisdiction")}
                <select
                  name="jurisdiction"
                  value={chosen.code}
                  onChange={(event) => navigate(`rules?${queryString({ jurisdiction: event.currentTarget.value })}`)}
                >
                  {all.map((option) => (
                    <option key={option.code} value={option.code}>
                      {t.named(option.name)}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <Versions code={chosen.code} query={props.query} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Versions(props: { code: string; query: URLSearchParams }) {
  const t = useTranslation();
  const path = { code: props.code };
  const list = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/jurisdictions/{code}/profile/versions", {
          params: { path, query: { limit: MAX_VERSIONS } },
        }),
      ),
    `versions ${props.code}`,
    false,
  );
  return (
    <Loaded query={list}>
      {(data) => {
        const versions: Schemas["ProfileVersionOut"][] = data.items ?? [];
        const number = Number(props.query.get("number") ?? versions[0]?.number ?? 0);
        return (
          <>
            <Table
              caption={t("rule_versions")}
              heads={[t("rule_version"), t("status"), t("rule_from")]}
              testid="versions"
            >
              {versions.map((version) => (
                <tr key={version.number}>
                  <th scope="row">
                    <a
                      href={`#/rules?${queryString({ jurisdiction: props.code, number: String(version.number) })}`}
                      aria-current={version.number === number ? "true" : undefined}
                    >
                      {t("rule_version_n", { n: version.number ?? "" })}
                    </a>
                  </th>
                  <td>{t.code(VERSION_STATE, version.state)}</td>
                  <td>{t.at(version.in_force_from)}</td>
                </tr>
              ))}
            </Table>
            {number > 0 && <Version key={number} code={props.code} number={number} query={props.query} />}
          </>
        );
      }}
    </Loaded>
  );
}

function Version(props: { code: string; number: number; query: URLSearchParams }) {
  const t = useTranslation();
  const path = { code: props.code, number: props.number };
  const evidence = useQuery(
    () => callApi(client.GET("/api/v1/jurisdictions/{code}/profile/versions/{number}/evidence", { params: { path } })),
    `evidence ${props.code} ${props.number}`,
    false,
  );
  return (
    <section aria-labelledby="version-title" data-testid="version">
      <h2 id="version-title">{t("rule_version_n", { n: props.number })}</h2>
      <Loaded query={evidence}>
        {(data) => (
          <>
            <EvidenceList evidence={data} />
            <EffectOfVersion evidence={data} query={props.query} />
            {data.can_state && data.hidden === 0 && (
              <EvidenceForm key={data.stated_at} evidence={data} onDone={evidence.reload} />
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
