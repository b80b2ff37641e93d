// What waits, and what did not take effect and why; both versions side by side.
import { useSync } from "../hooks/use-sync";
import { useWords } from "../hooks/use-translation";
import { useWork } from "../hooks/use-worker-state";
import { Small } from "../media/photos";
import { Failed, inWords, Letter, useTold } from "../outbox/failed-operations";
import { sync } from "../sync";
import { Empty } from "../ui/card";
import { Title } from "../ui/title";
import { operation } from "../words";

export function Outbox() {
  const t = useWords();
  const work = useWork();
  const state = useSync();
  const others = work.letters.filter((letter) => !work.dead.some((some) => some.op_id === letter["op_id"]));
  const told = useTold(others);
  return (
    <>
      <Title text={t("outbox")} />
      {state.trouble && <p class="bad">{t(state.trouble)}</p>}
      {work.waiting.map(({ op }) => (
        <section class="row" key={op.op_id} data-testid="waits">
          <b>{operation(t.language, op.entity, op.op)}</b>
          <span>{inWords(op)}</span>
          <small>{t.time(op.client_at)}</small>
        </section>
      ))}
      {work.photos.filter((photo) => photo.refused === null).map((photo) => <Small key={photo.id} photo={photo} />)}
      {work.waiting.length + work.photos.length === 0 && <Empty>{t("nothing_waiting")}</Empty>}
      <button onClick={() => sync.now()} disabled={state.running}>{t("send_now")}</button>
      <h2>{t("failed")}</h2>
      {work.dead.map((letter) => <Failed key={letter.op_id} letter={letter} />)}
      {work.photos.filter((photo) => photo.refused !== null).map((photo) => <Small key={photo.id} photo={photo} />)}
      {others.map((letter) => <Letter key={letter.id} letter={letter} told={told.get(letter.id)} />)}
      {work.dead.length + others.length === 0 && <Empty>{t("nothing_failed")}</Empty>}
    </>
  );
}
