// The bar above every page: calls for help that nobody has acknowledged, those that the reader takes care of, and urgent cases.
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { AcknowledgeCall, CallPlace, CallTelephone, CloseCall } from "./call-actions";
import { useAlarmSound } from "./alarm-sound";
import { useDesktopNotifications } from "./desktop-notifications";
import { type Call, URGENT_FILTER, useEmergencies } from "./open-calls";

export function EmergencyBar(props: { isSoundOn: boolean }) {
  const t = useTranslation();
  const emergencies = useEmergencies();
  const { unanswered, taken, reload } = emergencies;
  useDesktopNotifications(emergencies, props.isSoundOn);
  const isSoundBlocked = useAlarmSound(props.isSoundOn && unanswered.length > 0);
  return (
    <div class="emergencies" data-testid="emergencies">
      {/* Always there, so that a screen reader announces what is added. */}
      <div role="alert">
        {unanswered.length > 0 && (
          <section class="emergency" aria-label={t("calls_for_help")} data-testid="emergency-bar">
            {unanswered.map((call) => (
              <CallRow key={call.id} call={call}>
                <AcknowledgeCall call={call} onDone={reload} />
              </CallRow>
            ))}
            {isSoundBlocked && <small>{t("sound_blocked")}</small>}
          </section>
        )}
      </div>
      {taken.length > 0 && (
        <section class="emergency taken" aria-label={t("calls_taken")} data-testid="emergency-taken">
          {taken.map((call) => (
            <CallRow key={call.id} call={call} isTaken>
              <details>
                <summary data-testid="close-call-open">{t("close_call")}</summary>
                <CloseCall call={call} onDone={reload} />
              </details>
            </CallRow>
          ))}
        </section>
      )}
      <UrgentCases />
    </div>
  );
}

function CallRow(props: { call: Call; isTaken?: boolean; children: preact.ComponentChildren }) {
  const t = useTranslation();
  const { call } = props;
  return (
    <div class="call-row" data-testid={`emergency-${call.id}`}>
      <p>
        <strong>{t(props.isTaken ? "you_take_care" : "call_for_help_of", { name: call.worker?.name ?? "" })}</strong>{" "}
        {t.at(call.raised_at)} {!!call.late_s && `(${t("late_call", { span: t.span(call.late_s) })})`}
      </p>
      <p>
        <CallPlace call={call} /> · <CallTelephone call={call} />
      </p>
      {call.note && <p class="words">{call.note}</p>}
      <div class="call-acts">{props.children}</div>
    </div>
  );
}

/** One line about urgent cases that wait. Hiding it lasts until another case comes. */
function UrgentCases() {
  const t = useTranslation();
  const { urgent, hasMoreUrgent } = useEmergencies();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = urgent.filter((incident) => !hidden.has(incident.id));
  if (shown.length === 0) return null;
  const [only] = urgent;
  const href = urgent.length === 1 && only ? `#/case/${only.id}` : `#/cases?${queryString(URGENT_FILTER)}`;
  const n = `${urgent.length}${hasMoreUrgent ? "+" : ""}`;
  return (
    <p class="urgent" role="status" data-testid="urgent-bar">
      <a href={href}>{urgent.length === 1 ? t("one_urgent", { no: only?.case_no ?? "" }) : t("many_urgent", { n })}</a>{" "}
      <button type="button" class="plain" onClick={() => setHidden(new Set(urgent.map((incident) => incident.id)))}>
        {t("hide_urgent")}
      </button>
    </p>
  );
}
