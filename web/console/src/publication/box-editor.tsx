// A dialog in which boxes are drawn on a photo, by pointer or by keys. The public sees them black.
import { useRef, useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useObjectUrl } from "../hooks/use-object-url";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Dialog } from "../ui/dialog";
import { ErrorMessage } from "../ui/error-message";
import { MutationStatus } from "../ui/mutation-status";
import { type Box, boxAfterKey, boxBetween, BOXES_MAX, boxStyle, FIRST_BOX, type Point } from "./box-geometry";

export function BoxEditor(props: {
  incidentId: string;
  photo: Schemas["ReleasePhoto"];
  name: string;
  onClose: () => void;
  onDone: (release: Schemas["ReleaseOut"]) => void;
}) {
  const t = useTranslation();
  const mutation = useMutation();
  const stored = props.photo.boxes ?? [];
  const [boxes, setBoxes] = useState<Box[]>(stored as Box[]);
  const path = { incident_id: props.incidentId, media_id: props.photo.id ?? "" };
  const save = async () => {
    let release: Schemas["ReleaseOut"] | null = null;
    const isDone = await mutation.run(async () => {
      release = await callApi(
        client.PUT("/api/v1/incidents/{incident_id}/publication/photos/{media_id}", {
          params: { path },
          body: { boxes },
        }),
      );
    });
    if (isDone && release) props.onDone(release);
  };
  const isFull = boxes.length >= BOXES_MAX;
  return (
    <Dialog title={t("blacken_photo", { name: props.name })} onClose={props.onClose} testid="box-editor">
      <p class="quiet">{t("blacken_means")}</p>
      <BoxCanvas mediaId={path.media_id} name={props.name} boxes={boxes} onChange={setBoxes} />
      <p role="status" data-testid="box-count">
        {t("boxes_drawn", { n: boxes.length })}
        {isFull && ` ${t("boxes_full", { n: BOXES_MAX })}`}
      </p>
      <p class="buttons wrap">
        <button type="button" disabled={isFull} onClick={() => setBoxes([...boxes, FIRST_BOX])} data-testid="add-box">
          {t("add_box")}
        </button>
        <button type="button" disabled={!boxes.length} onClick={() => setBoxes(boxes.slice(0, -1))}>
          {t("remove_last_box")}
        </button>
        <button type="button" disabled={!boxes.length} onClick={() => setBoxes([])}>
          {t("remove_boxes")}
        </button>
      </p>
      <p class="buttons wrap">
        <button
          type="button"
          class="main"
          disabled={mutation.isBusy}
          onClick={() => void save()}
          data-testid="save-boxes"
        >
          {t(boxes.length ? "save_boxes" : "save_no_boxes")}
        </button>
        <MutationStatus mutation={mutation} />
      </p>
    </Dialog>
  );
}

function BoxCanvas(props: { mediaId: string; name: string; boxes: Box[]; onChange: (boxes: Box[]) => void }) {
  const t = useTranslation();
  const { url, failed } = useObjectUrl(`/api/v1/media/${props.mediaId}/thumbnail?size=large`);
  const area = useRef<HTMLDivElement>(null);
  const [corners, setCorners] = useState<{ from: Point; to: Point } | null>(null);
  const { boxes } = props;
  const drawn = corners && boxBetween(corners.from, corners.to);
  const pointOf = (event: PointerEvent): Point => {
    const frame = area.current!.getBoundingClientRect();
    return { x: (event.clientX - frame.left) / frame.width, y: (event.clientY - frame.top) / frame.height };
  };
  const start = (event: PointerEvent) => {
    if (event.button !== 0 || boxes.length >= BOXES_MAX || (event.target as Element).closest("button")) return;
    event.preventDefault();
    area.current!.setPointerCapture(event.pointerId);
    const from = pointOf(event);
    setCorners({ from, to: from });
  };
  const finish = (event: PointerEvent) => {
    if (!corners) return;
    const box = boxBetween(corners.from, pointOf(event));
    if (box) props.onChange([...boxes, box]);
    setCorners(null);
  };
  const keys = (event: KeyboardEvent, n: number) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      props.onChange(boxes.filter((_, m) => m !== n));
      return;
    }
    const box = boxAfterKey(boxes[n]!, event.key, event.shiftKey);
    if (!box) return;
    event.preventDefault();
    props.onChange(boxes.map((other, m) => (m === n ? box : other)));
  };
  if (failed !== null) return <ErrorMessage error={failed} />;
  return (
    <div
      class="box-canvas"
      ref={area}
      onPointerDown={start}
      onPointerMove={(event) => corners && setCorners({ ...corners, to: pointOf(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setCorners(null)}
      data-testid="box-canvas"
    >
      {url ? <img src={url} alt={props.name} draggable={false} /> : <span class="picture">{props.name}</span>}
      {boxes.map((box, n) => (
        <button
          key={n}
          type="button"
          class="black-box"
          style={boxStyle(box)}
          aria-label={t("box_n_of", { n: n + 1, m: boxes.length })}
          onKeyDown={(event) => keys(event, n)}
          data-testid={`box-${n}`}
        />
      ))}
      {drawn && <span class="black-box drawn" style={boxStyle(drawn)} />}
    </div>
  );
}
