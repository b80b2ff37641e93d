// The case that is chosen in the list or on the map: who could take it, why it took so long, and what can be done with it.
import { useState } from "preact/hooks";
import { placeWords } from "../../../src/place-words";
import { assignAction } from "../case/assign-action";
import { type Candidate, CurrentCandidates } from "../case/candidates";
import { DispatchExplanation } from "../case/dispatch-explanation";
import { Durations } from "../case/durations";
import { holderName } from "../case/holder";
import type { IncidentDetail } from "../case/incident";
import type { PendingTransition } from "../case/pending-transition";
import { Transitions } from "../case/transitions";
import { useCategoryName } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { mayOpen } from "../page-access";
import { callApi, client } from "../session";
import { DueTime } from "../ui/due-time";
import { isLate } from "../ui/lateness";
import { Loaded } from "../ui/loaded";
import { StatusTag } from "../ui/status-tag";
import { CandidateSwitch } from "./candidate-switch";
import type { MapPerson } from "./cases-map";

export function ChosenCase(props: {
  incident: IncidentDetail;
  pending: PendingTransition;
  onPendingChange: (pending: PendingTransition) => void;
  onClose: () => void;
  onDone: () => void;
  areCandidatesOnMap: boolean;
  onCandidatesOnMap: (isOn: boolean) => void;
  onPeople: (people: MapPerson[] | null) => void;
  highlightedId: string | null;
  onPointWorker: (id: string | null) => void;
}) {
  const { incident } = props;
  const t = useTranslation();
  const category = useCategoryName();
  const me = useMe();
  const mayRead = mayOpen(me, "case");
  const path = { params: { path: { incident_id: incident.id } } };
  const dispatch = useQuery(
    () => (mayRead ? callApi(client.GET("/api/v1/incidents/{incident_id}/dispatch", path)) : Promise.resolve(null)),
    `why ${incident.id}`,
  );
  const [candidates, setCandidates] = useState<Candidate[] | null>(null);
  const place = incident.grid ?? incident.area;
  return (
    <section class="chosen-case" aria-labelledby="chosen-case" data-testid="chosen">
      <h2 id="chosen-case">
        {mayRead ? <a href={`#/case/${incident.id}`}>{incident.case_no}</a> : incident.case_no}{" "}
        {category(incident.category)}
        <button type="button" class="plain" onClick={props.onClose} data-testid="close-chosen">
          {t("close")}
        </button>
      </h2>
      <p>
        <StatusTag status={incident.status ?? ""} overdue={isLate(incident)} />{" "}
        <span data-testid="holder">{holderName(t.language, incident.assignment)}</span>{" "}
        {place && <span class="quiet">{t.named(place.name)}</span>}{" "}
        <span data-testid="place">{placeWords(t.language, incident.place)}</span>
      </p>
      <p>
        {t("due")} <DueTime incident={incident} />
      </p>
      <p class="words">{incident.description}</p>
      <Transitions
        incident={incident}
        pending={props.pending}
        onPendingChange={props.onPendingChange}
        onDone={() => (props.onDone(), dispatch.reload())}
      />
      <CurrentCandidates
        incident={incident}
        onPendingChange={props.onPendingChange}
        onCandidates={setCandidates}
        highlightedId={props.highlightedId}
        onPointWorker={props.onPointWorker}
        tools={
          hasPermission(me, "worker:locate") && (
            <CandidateSwitch
              caseNo={incident.case_no ?? ""}
              candidates={candidates}
              isOn={props.areCandidatesOnMap}
              onToggle={props.onCandidatesOnMap}
              onPeople={props.onPeople}
            />
          )
        }
      />
      {mayRead && <Durations id={incident.id} version={incident.version} />}
      <Loaded query={dispatch}>
        {(data) => data && <DispatchExplanation dispatch={data} isOpen={!assignAction(incident, true)} />}
      </Loaded>
    </section>
  );
}
