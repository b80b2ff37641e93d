// A button that opens a map below it. The map's code is loaded then.
import { lazy, Suspense } from "preact/compat";
import { useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { TextKey } from "../words";
import type { Mark } from "./map";

const TaskMap = lazy(() => import("./map"));

export function MapToggle(props: {
  marks: Mark[];
  labelKey: TextKey;
  onOpen?: (id: string) => void;
  onMove?: (at: [number, number]) => void;
}) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { labelKey, ...mapProps } = props;
  if (props.marks.length === 0) return null;
  return (
    <>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} data-testid="open-map">
        {t(labelKey)}
      </button>
      {isOpen && (
        <Suspense fallback={<div class="map" />}>
          <TaskMap {...mapProps} />
        </Suspense>
      )}
    </>
  );
}
