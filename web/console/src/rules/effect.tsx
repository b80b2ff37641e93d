// The figure of some weeks before and after a version of the rules came into force.
import type { Pairs } from "../../../src/i18n";
import { Count, formatPercent, Rate } from "../figures/rate";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Table } from "../ui/table";
import { FIGURES_OF_EFFECT } from "../words/rules";

const WEEKS = [1, 2, 4, 8, 12];
type Effect = Schemas["Effect"];
type Measure = Effect["measure"];

export function EffectOfVersion(props: { evidence: Schemas["Evidence"]; query: URLSearchParams }) {
  const t = useTranslation();
  const { evidence } = props;
  const stated = evidence.measure ?? "closure_rate";
  const measure = props.query.get("measure") ?? stated;
  const weeks = Number(props.query.get("weeks") ?? 4);
  const names: Pairs = FIGURES_OF_EFFECT[stated]
    ? FIGURES_OF_EFFECT
    : { [stated]: [stated, stated], ...FIGURES_OF_EFFECT };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const given = { measure: String(formData.get("measure")), weeks: String(formData.get("weeks")) };
    const number = String(evidence.number);
    navigate(`rules?${queryString({ jurisdiction: evidence.jurisdiction, number, ...given })}`);
  };
  const path = { code: evidence.jurisdiction, number: evidence.number };
  const category = evidence.category ? { category: evidence.category } : {};
  const effect = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/jurisdictions/{code}/profile/versions/{number}/effect", {
          params: { path, query: { measure: measure as Measure, weeks, ...category } },
        }),
      ),
    `effect ${path.code} ${path.number} ${measure} ${weeks} ${evidence.category}`,
    false,
  );
  return (
    <>
      <h3>{t("effect")}</h3>
      <form class="filters" onSubmit={submit}>
        <label>
          {t("rate")}
          <select name="measure" defaultValue={measure}>
            {Object.keys(names).map((name) => (
              <option key={name} value={name}>
                {t.code(names, name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("effect_weeks")}
          <select name="weeks" defaultValue={String(weeks)}>
            {WEEKS.map((n) => (
              <option key={n} value={n}>
                {n}
              </option>
            ))}
          </select>
        </label>
        <span class="buttons">
          <button class="main">{t("show")}</button>
        </span>
      </form>
      <Loaded query={effect}>
        {(data) => (
          <>
            <p data-testid="effect">{t.named(data.sentence)}</p>
            <EffectTable effect={data} />
          </>
        )}
      </Loaded>
      <p class="quiet">{t("effect_caution")}</p>
    </>
  );
}

function EffectTable(props: { effect: Effect }) {
  const t = useTranslation();
  const { effect } = props;
  const title = t.named(effect.title);
  const hasSilent = effect.before.unanswered !== null;
  const periods = [
    ["effect_before", effect.before],
    ["effect_after", effect.after],
  ] as const;
  return (
    <Table
      caption={title}
      heads={[t("period"), title, ...(hasSilent ? [t("unanswered")] : [])]}
      numbers={[1, 2]}
      testid="effect-table"
    >
      {periods.map(([word, period]) => (
        <tr key={word}>
          <th scope="row">
            {t(word)} {period && <small>{`${t.day(period.from)} – ${t.day(period.to)}`}</small>}
          </th>
          <td class="number">
            {period === null ? (
              "–"
            ) : period.count ? (
              <Count figure={period.count} label={`${title} ${t(word)}`} />
            ) : period.numerator && period.denominator ? (
              <Rate
                value={period.value}
                numerator={period.numerator}
                denominator={period.denominator}
                label={`${title} ${t(word)}`}
              />
            ) : (
              formatPercent(period.value)
            )}
          </td>
          {hasSilent && (
            <td class="number">
              <Count figure={period?.unanswered} label={`${title} ${t(word)} ${t("unanswered")}`} />
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}
