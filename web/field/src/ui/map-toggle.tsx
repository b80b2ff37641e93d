// A button that opens a map below it. The map's code is loaded then.
import { useState } from "preact/hooks";
import type { OwnPosition } from "../hooks/use-own-position";
import { useTranslation } from "../hooks/use-translation";
import type { TextKey } from "../words";
import { lazyComponent } from "./lazy-component";
import type { Mark } from "./map";

const TaskMap = lazyComponent(() => import("./map").then((module) => module.default), "map");

export function MapToggle(props: {
  marks: Mark[];
  /** The phone's own position, drawn as a dot. Opening the map asks for it. */
  own?: OwnPosition;
  labelKey: TextKey;
  onOpen?: (id: string) => void;
  onMove?: (at: [number, number]) => void;
}) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { labelKey, own, ...mapProps } = props;
  if (props.marks.length === 0) return null;
  const toggle = () => {
    if (!isOpen && own && own.at === null) void own.ask();
    setOpen(!isOpen);
  };
  return (
    <>
      <button aria-expanded={isOpen} onClick={toggle} data-testid="open-map">
        {t(labelKey)}
      </button>
      {isOpen && <TaskMap {...mapProps} own={own?.at ?? null} />}
      {isOpen && own?.hasFailed && own.at === null && <p class="note">{t("no_position_on_map")}</p>}
    </>
  );
}
