// A switch that draws the candidates for the chosen case on the map. Positions need a purpose, which is recorded: the request
// names the candidates only, and its explanation names the case.
import { useEffect, useState } from "preact/hooks";
import type { Candidate } from "../case/candidates";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client } from "../session";
import { ErrorMessage } from "../ui/error-message";
import type { MapPerson } from "./cases-map";

export function CandidateSwitch(props: {
  caseNo: string;
  candidates: Candidate[] | null;
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
  /** The candidates with a position; null: none are drawn. */
  onPeople: (people: MapPerson[] | null) => void;
}) {
  const t = useTranslation();
  const { candidates, isOn, caseNo } = props;
  const [error, setError] = useState<unknown>(null);
  const [shown, setShown] = useState<number | null>(null);
  // Without a distance there is no position.
  const located = (candidates ?? []).filter((candidate) => candidate.distance_m != null);
  const ids = located.map((candidate) => candidate.worker_id ?? "").sort();
  useEffect(() => {
    setShown(null);
    props.onPeople(null);
    if (!isOn || ids.length === 0) return;
    let isGone = false;
    const body = {
      purpose: "dispatch" as const,
      explanation: t("locate_explained", { no: caseNo }),
      worker_ids: ids,
      limit: Math.min(ids.length, 200),
    };
    callApi(client.POST("/api/v1/workers/locate", { body })).then(
      (page) => {
        if (isGone) return;
        const people = (page.items ?? []).flatMap(({ id, name, position }): MapPerson[] => {
          if (position?.lon === undefined || position.lat === undefined) return [];
          const isEligible = located.some((candidate) => candidate.worker_id === id && candidate.eligible);
          return [{ id, name: name ?? "", at: [position.lon, position.lat], kind: isEligible ? "eligible" : "not" }];
        });
        props.onPeople(people);
        setShown(people.length);
        setError(null);
      },
      (trouble: unknown) => !isGone && setError(trouble),
    );
    return () => {
      isGone = true;
      props.onPeople(null);
    };
  }, [isOn, caseNo, ids.join()]);
  return (
    <div class="candidate-switch">
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => props.onToggle(event.currentTarget.checked)}
          data-testid="candidates-on-map"
        />{" "}
        {t("candidates_on_map")}
      </label>
      <small>{t("candidates_on_map_means")}</small>
      <span role="status" data-testid="candidates-drawn">
        {shown !== null && t("candidates_drawn", { n: shown, m: (candidates?.length ?? 0) - shown })}
      </span>
      {error !== null && <ErrorMessage error={error} />}
    </div>
  );
}
