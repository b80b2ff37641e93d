// Why a case took so long: one sentence, a bar of what happened to it, and who had it.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Table } from "../ui/table";
import { DURATION_KIND } from "../words/actions";
import { barParts, shownTime } from "./duration-bar";

export function Durations(props: { id: string; version: number | undefined }) {
  const t = useTranslation();
  const path = { params: { path: { incident_id: props.id } } };
  const durations = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/durations", path)),
    `durations ${props.id} ${props.version}`,
  );
  return (
    <section aria-labelledby="durations" data-testid="durations">
      <h2 id="durations">{t("durations")}</h2>
      <Loaded query={durations}>
        {(data) => (
          <>
            <p data-testid="duration-sentence">{t.named(data.sentence)}</p>
            <DurationBar durations={data} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function DurationBar(props: { durations: Schemas["DurationsOut"] }) {
  const t = useTranslation();
  const { segments = [], by_kind = [], sentence } = props.durations;
  const parts = barParts(segments);
  const timeOf = shownTime(segments);
  const isByCalendar = segments.every((segment) => !segment.working_seconds);
  const isMixed = segments.some((segment) => segment.working_seconds !== segment.seconds);
  const span = (seconds = 0) => (seconds > 0 && seconds < 30 ? t("under_a_minute") : t.span(seconds));
  const holder = (segment: Schemas["DurationSegment"]) =>
    segment.worker?.name ?? (segment.unit ? t.named(segment.unit.name) : "");
  const textOf = (segment: Schemas["DurationSegment"]) =>
    [
      t.code(DURATION_KIND, segment.kind),
      holder(segment),
      t(isByCalendar ? "calendar_time" : "work_time", { span: span(timeOf(segment)) }),
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <>
      <svg
        class="duration-bar"
        viewBox="0 0 1000 24"
        preserveAspectRatio="none"
        role="img"
        aria-label={t.named(sentence)}
        data-testid="duration-bar"
      >
        {segments.map((segment, n) => (
          <rect key={n} class={`k-${segment.kind}`} x={parts[n]?.[0]} y="0" width={parts[n]?.[1]} height="24">
            <title>{textOf(segment)}</title>
          </rect>
        ))}
      </svg>
      <ul class="kinds">
        {by_kind.map((sum) => (
          <li key={sum.kind}>
            <svg class="duration-bar key" viewBox="0 0 10 10" aria-hidden="true">
              <rect class={`k-${sum.kind}`} width="10" height="10" />
            </svg>{" "}
            {t.code(DURATION_KIND, sum.kind)} <b>{span(timeOf(sum))}</b>
          </li>
        ))}
      </ul>
      {isMixed && (
        <p class="quiet" data-testid="duration-legend">
          {t(isByCalendar ? "bar_by_calendar" : "bar_by_working_time")}
        </p>
      )}
      <details>
        <summary>{t("segments")}</summary>
        <Table
          caption={t("segments")}
          heads={[t("what"), `${t("from")} – ${t("until")}`, t("in_work_time"), t("by_calendar")]}
          numbers={[2, 3]}
          testid="segments"
        >
          {segments.map((segment, n) => (
            <tr key={n}>
              <th scope="row">
                {t.code(DURATION_KIND, segment.kind)}
                <small>{holder(segment)}</small>
              </th>
              <td>
                {t.at(segment.from)} – {segment.to ? t.at(segment.to) : t("until_now")}
              </td>
              <td class="number">{span(segment.working_seconds)}</td>
              <td class="number">{span(segment.seconds)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}
