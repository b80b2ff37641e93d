// Operations and media that wait to be sent, and those that failed.
import { useSyncState } from "../hooks/use-sync";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { MediaPreview } from "../media/photos";
import { freeText, LocalFailure, RemoteFailure, useLetterTexts } from "../outbox/failed-operations";
import { sync } from "../sync";
import { Empty } from "../ui/card";
import { Title } from "../ui/title";
import { operation } from "../words";

export function OutboxPage() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const state = useSyncState();
  const others = workerState.letters.filter(
    (letter) => !workerState.dead.some((dead) => dead.op_id === letter["op_id"]),
  );
  const texts = useLetterTexts(others);
  return (
    <>
      <Title text={t("outbox")} />
      {state.trouble && <p class="bad">{t(state.trouble)}</p>}
      {workerState.waiting.map(({ op }) => (
        <section class="row" key={op.op_id} data-testid="waits">
          <b>{operation(t.language, op.entity, op.op)}</b>
          <span>{freeText(op)}</span>
          <small>{t.time(op.client_at)}</small>
        </section>
      ))}
      {workerState.photos
        .filter((photo) => photo.refused === null)
        .map((photo) => (
          <MediaPreview key={photo.id} photo={photo} />
        ))}
      {workerState.waiting.length + workerState.photos.length === 0 && <Empty>{t("nothing_waiting")}</Empty>}
      <button onClick={() => sync.requestRound()} disabled={state.running}>
        {t("send_now")}
      </button>
      <h2>{t("failed")}</h2>
      {workerState.dead.map((letter) => (
        <LocalFailure key={letter.op_id} letter={letter} />
      ))}
      {workerState.photos
        .filter((photo) => photo.refused !== null)
        .map((photo) => (
          <MediaPreview key={photo.id} photo={photo} />
        ))}
      {others.map((letter) => (
        <RemoteFailure key={letter.id} letter={letter} texts={texts.get(letter.id)} />
      ))}
      {workerState.dead.length + others.length === 0 && <Empty>{t("nothing_failed")}</Empty>}
    </>
  );
}
